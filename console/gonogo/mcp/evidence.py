"""Evidence ids: what a claim may rest on, and what a role may page through. The scope decides, as for a worker.

``state:FIELD`` is a field of the run that the role may see, ``repo:PATH`` or ``repo:PATH:LINE`` a file of the commit
that it may read, ``data:PATH`` a file of evidence so far: its own, or one that a field rests on which it may see. What
programs printed is the commit's text in other words: only a role that may read files of the commit is shown it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo.mcp.withheld import without_secrets
from gonogo_agents.broker import read_data_index
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_evidence.files import check_path, read_bytes
from gonogo_evidence.text import msg
from gonogo_graph.chat import record
from gonogo_graph.doors import chat_door
from gonogo_graph.play import results_so_far
from gonogo_graph.reseed import seed
from gonogo_graph.table import DUTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.broker import DataEntry
    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext
    from gonogo_graph.table import Duty

RAW: Final = "gates"
"""What the programs of gates printed."""
LOOKS: Final = "chat/gates"
"""Where looks at gates are kept in the pack, numbered: a gate that failed at a look and passed later can be seen."""
WORDS: Final = ("contributions", "chat")
"""What chats said and handed in, by the number of the duty."""
LAYER: Final = ("layer", "layer-smoke-report.json")
VALIDATION, EXECUTION = "validation", "execution"
PAGE: Final = 40_000
"""Characters that one answer holds of one thing."""
OVERVIEW: Final = 6_000
"""Characters of each state field that come with the duty; the rest is read by its id."""


def identifiers(context: RunContext, duty: Duty) -> list[str]:
    """The ids that are known without looking into the commit."""
    states = [f"state:{name}" for name in _states(context, duty)]
    entries = read_data_index(context.folder.root)
    return states + [_id_of(entry["path"]) for entry in entries if shown(context, duty, entry)]


def shown(context: RunContext, duty: Duty, entry: DataEntry) -> bool:
    """Whether the role may read this file of evidence, by the rights that the run was started with."""
    rights = cast("Mapping[str, Mapping[str, list[str]]]", context.inputs["roles"])[duty.role]
    if entry["role"] == duty.role:
        return True
    parts = entry["path"].split("/")[1:]
    if parts[0] == RAW or parts[:2] == LOOKS.split("/"):
        return VALIDATION in rights["state_read"] and bool(rights["paths_read"]) and "repo.read" in rights["tools"]
    return _rests_on(parts) in rights["state_read"]


def looks_at_gates(context: RunContext) -> list[JSON]:
    """What every look at a gate saw, in order; ``?`` where its file is not the one that was kept."""
    entries = [one for one in read_data_index(context.folder.root) if one["path"].startswith(f"data/{LOOKS}/")]
    return [_look(read_bytes(context.folder.root / entry["path"], limit=64 << 20), entry) for entry in entries]


def _look(data: bytes, entry: DataEntry) -> JSON:
    try:
        found = canonical.loads_object(data)
        gate, verdict = found["gate"], cast("Mapping[str, JSON]", found["result"])["verdict"]
    except (GonogoError, KeyError, TypeError):
        gate, verdict = entry["path"], "?"
    return {"gate": gate, "verdict": verdict if canonical.digest_of(data) == entry["sha256"] else "?"}


def _rests_on(parts: list[str]) -> str:
    """The field of the run that a file of evidence belongs to; empty where it is nobody's but its writer's."""
    if parts[0] in WORDS and len(parts) > 1:
        number = parts[1].partition("-")[0]
        return next((duty.writes for duty in DUTIES if str(duty.number) == number), "")
    return EXECUTION if parts[0] in LAYER else ""


def _id_of(path: str) -> str:
    return path.replace("data/", "data:", 1)


def known(context: RunContext, duty: Duty) -> Callable[[str], bool]:
    """Whether an evidence id exists, for this role in this duty."""
    listed, door = set(identifiers(context, duty)), chat_door(context, duty)
    seen: dict[str, int | None] = {}

    def lines_of(path: str) -> int | None:
        if path not in seen:
            try:
                answer = cast("Mapping[str, Any]", door("repo.read", path=path))
                seen[path] = len(str(answer["text"] or "").splitlines())
            except GonogoError:
                seen[path] = None
        return seen[path]

    def exists(name: str) -> bool:
        kind, _, rest = name.partition(":")
        if kind != "repo":
            return name in listed
        path, _, line = rest.rpartition(":")
        if path and line.isdecimal() and (count := lines_of(path)) is not None:
            return 1 <= int(line) <= count
        return lines_of(rest) is not None

    return exists


@dataclass(frozen=True, slots=True)
class Pages:
    """What a role may read in its duty, page by page."""

    context: RunContext
    duty: Duty

    def overview(self) -> dict[str, Any]:
        """``data``: each state field, or its beginning where it is long; ``withheld`` where secrets were."""
        fields, note = without_secrets(self.context.world, self._fields())
        texts = {name: _as_text(value) for name, value in cast("Mapping[str, JSON]", fields).items()}
        return {"data": {name: self._short(f"state:{name}", text) for name, text in texts.items()}, **note}

    def answer(self, value: JSON) -> dict[str, Any]:
        """``data``: what was asked of the broker; ``withheld`` as above."""
        data, note = without_secrets(self.context.world, value)
        return {"data": data, **note}

    def page(self, name: str, offset: int) -> dict[str, Any]:
        """``data`` from ``offset`` on, ``total`` characters, ``next_offset`` or None.

        Raises:
            BadInput: ``EVIDENCE_ID_UNKNOWN``, ``PATH_NOT_IN_COMMIT``.
            Refused: ``CHAT_SCOPE_DENIED``, on the record.
        """
        whole, note = without_secrets(self.context.world, self._text(name))
        text = str(whole)
        part = text[max(0, offset) : max(0, offset) + PAGE]
        following = max(0, offset) + len(part)
        return {
            "evidence_id": name,
            "data": part,
            "total": len(text),
            "next_offset": following if following < len(text) else None,
            **note,
        }

    def _text(self, name: str) -> str:
        kind, _, rest = name.partition(":")
        if kind == "repo":
            path, _, line = rest.rpartition(":")
            wanted = path if path and line.isdecimal() else rest
            answer = cast("Mapping[str, Any]", chat_door(self.context, self.duty)("repo.read", path=wanted))
            return answer["text"] if answer["text"] is not None else f"(no text: {answer['reason']})"
        if kind == "state" and rest in (fields := self._fields()):
            return _as_text(fields[rest])
        entry = next((one for one in read_data_index(self.context.folder.root) if _id_of(one["path"]) == name), None)
        if entry is None:
            raise self._unknown(name)
        if not shown(self.context, self.duty, entry):
            raise self._closed(name)
        stored = self.context.folder.root / check_path(entry["path"])
        return read_bytes(stored, limit=64 << 20).decode("utf-8", "replace")

    def _fields(self) -> dict[str, JSON]:
        return _states(self.context, self.duty)

    def _short(self, name: str, text: str) -> Any:  # noqa: ANN401 - a JSON value, or what stands for a long one
        if len(text) <= OVERVIEW:
            return json.loads(text)
        return {"evidence_id": name, "characters": len(text), "begins": text[: OVERVIEW // 4]}

    def _closed(self, name: str) -> Refused:
        error = Refused(
            "CHAT_SCOPE_DENIED",
            msg(
                "{role} may not read {name}: it is no evidence of a field that it sees.", role=self.duty.role, name=name
            ),
            where=f"{self.duty.role} {self.duty.step} {name}",
            next_step=msg("Take an id of gonogo_take_duty, or repo:PATH of a file that the role may read."),
        )
        record(self.context, error)
        return error

    def _unknown(self, name: str) -> BadInput:
        return BadInput(
            "EVIDENCE_ID_UNKNOWN",
            msg("There is no evidence {name} that {role} may see here.", name=ascii(name)[:200], role=self.duty.role),
            next_step=msg("Take an id of gonogo_take_duty, or repo:PATH of a file that the role may read."),
        )


def _as_text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _states(context: RunContext, duty: Duty) -> dict[str, JSON]:
    """The run's fields that the role may see, as far as they are there."""
    rights = cast("Mapping[str, Mapping[str, list[str]]]", context.inputs["roles"])[duty.role]
    fields = {"inputs": cast("JSON", context.inputs), **results_so_far(context, seed(context, whole=True))}
    return {name: value for name, value in fields.items() if name in rights["state_read"]}
