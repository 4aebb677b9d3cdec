"""Reading a run's results, as plain JSON: what is missing, skipped or misshapen reads as not shown, never as passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, cast, get_args

from gonogo_evidence.text import Text, from_json, msg
from gonogo_evidence.verdict import GateVerdict, Verdict

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject

State: TypeAlias = "Mapping[str, JSON]"
"""``inputs``, and ``{verdict, value, observed}`` under the name of each duty done or skipped."""

DUTIES = ("preflight_snapshot", "inventory", "scope_plan", "gate_plan", "execution", "validation")
"""The fields of duties 1 to 6, whose verdicts make the run's."""


def as_object(value: JSON) -> JSONObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: JSON) -> list[JSON]:
    """The value if it is an array, else an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def as_words(value: JSON) -> list[str]:
    """The strings of an array."""
    return [item for item in as_list(value) if isinstance(item, str)]


def as_count(value: JSON) -> int:
    """The value if it is a whole number above zero, else zero."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def as_text(value: JSON, otherwise: Text | None = None) -> Text:
    """A stored sentence; bare words are taken as they are."""
    if isinstance(value, str):
        return msg("{words}", words=value)
    try:
        return from_json(value)
    except ValueError:
        return otherwise or msg("Nothing was said about it.")


def as_json(text: Text) -> JSON:
    """A sentence in the form for evidence files."""
    return cast("JSON", text.json())


def verdict_of(state: State, field: str) -> Verdict:
    """A duty's verdict; a duty that is absent or says anything else is INCONCLUSIVE."""
    found = as_object(state.get(field)).get("verdict")
    return cast("Verdict", found) if found in get_args(Verdict) else "INCONCLUSIVE"


def value_of(state: State, field: str) -> JSONObject:
    """What the duty found that follows from the inputs alone."""
    return as_object(as_object(state.get(field)).get("value"))


def observed_of(state: State, field: str) -> JSONObject:
    """What the duty saw of desk, host and clock."""
    return as_object(as_object(state.get(field)).get("observed"))


def skipped(state: State, field: str) -> bool:
    """Whether the duty was not done: skipped, crashed, or never reached."""
    return field not in state or value_of(state, field).get("skipped") is True


def reason_of(state: State, field: str) -> Text:
    """Why the duty was not done, or that it is not known."""
    return as_text(value_of(state, field).get("reason"), msg("This duty did not finish."))


def checks_of(state: State, field: str) -> list[JSONObject]:
    """The duty's checks."""
    return [as_object(check) for check in as_list(value_of(state, field).get("checks"))]


def check_of(state: State, field: str, name: str) -> JSONObject | None:
    """One check by its id."""
    return next((check for check in checks_of(state, field) if check.get("id") == name), None)


def check_verdict(check: JSONObject | None) -> Verdict:
    """A check's verdict; no check, or any other word, is INCONCLUSIVE."""
    found = None if check is None else check.get("verdict")
    return cast("Verdict", found) if found in get_args(Verdict) else "INCONCLUSIVE"


def gates_of(state: State) -> list[JSONObject]:
    """The gates' results as they go into the validator report: without observations, and none passed by chance.

    A gate without a name, or with a verdict that is none, stays in the list as a hard INCONCLUSIVE one.
    """
    return [_gate(as_object(gate)) for gate in as_list(value_of(state, "validation").get("gates"))]


def _gate(stored: JSONObject) -> JSONObject:
    name, verdict = stored.get("name"), stored.get("verdict")
    sound = isinstance(name, str) and name and verdict in get_args(GateVerdict)
    return {
        **{key: value for key, value in stored.items() if key != "observed"},
        "name": name if isinstance(name, str) and name else "unnamed gate",
        "hard": stored.get("hard") is not False,
        "verdict": verdict if sound else "INCONCLUSIVE",
        "checked": as_count(stored.get("checked")),
        "read_change": stored.get("read_change") is True,
    }


def desk_of(state: State) -> JSONObject:
    """How the operator's desk stood at preflight; empty where it was not seen."""
    observed = observed_of(state, "preflight_snapshot")
    return as_object(observed.get("desk", observed))
