"""A snapshot of remote checks, in any of the forms that people can get: read strictly, put into one form.

``gh pr checks --json name,state`` (a list, which names no commit), ``gh pr view --json headRefOid,statusCheckRollup``,
and the API's answers for check runs and for the combined status. Nothing is fetched and nothing is watched.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_evidence.ids import JSON, JSONObject

State: TypeAlias = Literal["success", "skipped", "neutral", "pending", "cancelled", "failure"]
"""What a check came to. MISSING is no state of a check: it is a required one that the snapshot does not hold."""

STATES: Final[Mapping[str, State]] = {
    "success": "success", "pass": "success",
    "skipped": "skipped", "skipping": "skipped",
    "neutral": "neutral",
    "cancelled": "cancelled", "canceled": "cancelled", "cancel": "cancelled",
    "failure": "failure", "fail": "failure", "error": "failure", "timed_out": "failure", "action_required": "failure",
    "startup_failure": "failure", "stale": "failure",
    "pending": "pending", "queued": "pending", "in_progress": "pending", "waiting": "pending", "requested": "pending",
    "expected": "pending",
}  # fmt: skip
WORST: Final[tuple[State, ...]] = ("failure", "cancelled", "pending", "neutral", "skipped", "success")
"""Of a check that is listed twice the worst counts: which of the two is the newer is not always said."""
LIMIT: Final = 8 * 1024 * 1024
MOST: Final = 2000
LONGEST: Final = 300
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the forge said."""

    sha256: str
    """Of the bytes that were given."""
    form: str
    commit: str | None
    """Which commit the checks are of; None where the form does not say."""
    whole: bool
    """Whether the answer holds all checks that it counts."""
    checks: Mapping[str, State]

    def json(self) -> JSONObject:
        """The form for inputs and evidence."""
        return {
            "sha256": self.sha256,
            "form": self.form,
            "commit": self.commit,
            "whole": self.whole,
            "checks": {name: self.checks[name] for name in sorted(self.checks)},
        }


def read_snapshot(data: bytes, *, where: str) -> Snapshot:
    """Read a snapshot. Raises :class:`BadInput` ``REMOTE_CHECKS_UNREADABLE`` for what is none."""
    try:
        stored: JSON = json.loads(data)
        form, commits, whole, rows = _opened(stored)
        checks = _checks(commits, rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(
            "REMOTE_CHECKS_UNREADABLE",
            msg("This is no snapshot of remote checks that is known here: {reason}.", reason=str(error)[:LONGEST]),
            where=where,
            next_step=msg("gh pr view --json headRefOid,statusCheckRollup > FILE"),
        ) from error
    return Snapshot(hashlib.sha256(data).hexdigest(), form, next(iter(commits), None), whole, checks)


def _checks(commits: set[str], rows: list[tuple[str, State]]) -> dict[str, State]:
    if len(rows) > MOST:
        raise ValueError("too many checks")
    if len(commits) > 1 or not all(_COMMIT.fullmatch(one) for one in commits):
        raise ValueError("checks of more than one commit, or of none")
    checks: dict[str, State] = {}
    for name, state in rows:
        listed: list[State] = [state, checks.get(name, state)]
        checks[name] = next(one for one in WORST if one in listed)
    return checks


def _opened(stored: JSON) -> tuple[str, set[str], bool, list[tuple[str, State]]]:
    match stored:
        case list():
            return "gh-pr-checks", set(), True, [_row(one, "name", "state", "bucket") for one in _objects(stored)]
        case {"headRefOid": str(commit), "statusCheckRollup": list(found)}:
            return "gh-pr-view", {commit}, True, list(_rollup(found))
        case {"check_runs": list(found), "total_count": int(count)}:
            runs = _objects(found)
            commits = {str(one["head_sha"]) for one in runs}
            return "check-runs", commits, count == len(runs), [_run(one, "name") for one in runs]
        case {"sha": str(commit), "statuses": list(found), "total_count": int(count)}:
            rows = [_row(one, "context", "state") for one in _objects(found)]
            return "combined-status", {commit}, count == len(found), rows
        case _:
            raise ValueError("none of the known forms")


def _objects(found: list[JSON]) -> list[JSONObject]:
    if not all(isinstance(one, dict) for one in found):
        raise TypeError("a list of objects is expected")
    return cast("list[JSONObject]", found)


def _rollup(found: list[JSON]) -> Iterator[tuple[str, State]]:
    for one in _objects(found):
        yield _row(one, "context", "state") if "context" in one else _run(one, "name")


def _run(one: JSONObject, name: str) -> tuple[str, State]:
    """A check run: its conclusion counts when it is completed, and not before."""
    done = str(one["status"]).lower() == "completed"
    return _name(one, name), _state(one["conclusion"]) if done else "pending"


def _row(one: JSONObject, name: str, *states: str) -> tuple[str, State]:
    said = next((one[state] for state in states if one.get(state)), None)
    return _name(one, name), _state(said)


def _name(one: JSONObject, key: str) -> str:
    name = one[key]
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > LONGEST:
        raise ValueError("a check without a name that can be shown")
    return name


def _state(said: JSON) -> State:
    state = STATES.get(str(said).lower())
    if state is None:
        raise ValueError(f"there is no state {ascii(said)[:40]}")
    return state
