"""Evidence ids: what a claim may rest on, and what a role may page through. The scope decides, as for a worker.

``state:FIELD`` is a field of the run that the role may see, ``repo:PATH`` or ``repo:PATH:LINE`` a file of the commit
that it may read, ``data:PATH`` a file of evidence so far.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo_agents.broker import read_data_index
from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_evidence.files import check_path, read_bytes
from gonogo_evidence.text import msg
from gonogo_graph.drive import chat_door
from gonogo_graph.play import results_so_far
from gonogo_graph.reseed import seed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext
    from gonogo_graph.table import Duty

PAGE: Final = 40_000
"""Characters that one answer holds of one thing."""
OVERVIEW: Final = 6_000
"""Characters of each state field that come with the duty; the rest is read by its id."""


def identifiers(context: RunContext, duty: Duty) -> list[str]:
    """The ids that are known without looking into the commit."""
    states = [f"state:{name}" for name in _states(context, duty)]
    return states + [f"data:{entry['path'].removeprefix('data/')}" for entry in read_data_index(context.folder.root)]


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
        """Each state field, or its beginning where it is long."""
        return {name: self._short(f"state:{name}", text) for name, text in self._texts().items()}

    def page(self, name: str, offset: int) -> dict[str, Any]:
        """``data`` from ``offset`` on, ``total`` characters, ``next_offset`` or None.

        Raises:
            BadInput: ``EVIDENCE_ID_UNKNOWN``, ``PATH_NOT_IN_COMMIT``.
            Refused: ``CHAT_SCOPE_DENIED``, on the record.
        """
        text = self._text(name)
        part = text[max(0, offset) : max(0, offset) + PAGE]
        following = max(0, offset) + len(part)
        return {
            "evidence_id": name,
            "data": part,
            "total": len(text),
            "next_offset": following if following < len(text) else None,
        }

    def _text(self, name: str) -> str:
        kind, _, rest = name.partition(":")
        if kind == "repo":
            path, _, line = rest.rpartition(":")
            wanted = path if path and line.isdecimal() else rest
            answer = cast("Mapping[str, Any]", chat_door(self.context, self.duty)("repo.read", path=wanted))
            return answer["text"] if answer["text"] is not None else f"(no text: {answer['reason']})"
        if kind == "state" and rest in (texts := self._texts()):
            return texts[rest]
        if kind == "data" and name in identifiers(self.context, self.duty):
            stored = self.context.folder.root / check_path(f"data/{rest}")
            return read_bytes(stored, limit=64 << 20).decode("utf-8", "replace")
        raise self._unknown(name)

    def _texts(self) -> dict[str, str]:
        return {
            name: json.dumps(value, ensure_ascii=False, indent=1)
            for name, value in _states(self.context, self.duty).items()
        }

    def _short(self, name: str, text: str) -> Any:  # noqa: ANN401 - a JSON value, or what stands for a long one
        if len(text) <= OVERVIEW:
            return json.loads(text)
        return {"evidence_id": name, "characters": len(text), "begins": text[: OVERVIEW // 4]}

    def _unknown(self, name: str) -> BadInput | Refused:
        return BadInput(
            "EVIDENCE_ID_UNKNOWN",
            msg("There is no evidence {name} that {role} may see here.", name=ascii(name)[:200], role=self.duty.role),
            next_step=msg("Take an id of gonogo_take_duty, or repo:PATH of a file that the role may read."),
        )


def _states(context: RunContext, duty: Duty) -> dict[str, JSON]:
    """The run's fields that the role may see, as far as they are there."""
    rights = cast("Mapping[str, Mapping[str, list[str]]]", context.inputs["roles"])[duty.role]
    fields = {"inputs": cast("JSON", context.inputs), **results_so_far(context, seed(context, whole=True))}
    return {name: value for name, value in fields.items() if name in rights["state_read"]}
