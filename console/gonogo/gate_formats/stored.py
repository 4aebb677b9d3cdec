"""A gate's result as it is stored, as plain words for a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo.gate_formats.interface import GateOutcome, Place
from gonogo_agents.render.safe import plain
from gonogo_evidence.text import Text, from_json, msg

if TYPE_CHECKING:
    from gonogo_agents.texts import Translator
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import GateVerdict


def gate_outcome(gate: JSONObject, say: Translator, *, milliseconds: int) -> GateOutcome:
    """The words of one stored result, in the language of ``say``."""
    return GateOutcome(
        name=str(gate["name"]),
        hard=gate["hard"] is True,
        verdict=cast("GateVerdict", gate["verdict"]),
        reason=plain(say(_sentence(gate.get("reason")))),
        reason_code=str(gate.get("reason_code") or ""),
        checked=int(str(gate["checked"])),
        unit=str(gate.get("unit") or ""),
        milliseconds=milliseconds,
        findings=_places(gate.get("findings")),
        advice=_places(gate.get("advice")),
    )


def _sentence(stored: JSON) -> Text:
    try:
        return from_json(stored)
    except ValueError:
        return msg("no words")


def _places(stored: JSON) -> tuple[Place, ...]:
    listed = [one for one in stored if isinstance(one, dict)] if isinstance(stored, list) else []
    return tuple(
        Place(
            path=plain(str(one.get("path") or "")),
            line=line if isinstance(line := one.get("line"), int) else None,
            code=plain(str(one.get("code") or "")),
            message=plain(str(one.get("message") or "")),
            fingerprint=str(one.get("fingerprint") or ""),
        )
        for one in listed
    )
