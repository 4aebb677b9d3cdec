"""Whether SUMMARY.md, which people read first, says what the sealed core says: rendered again, and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_agents.render.summary import SUMMARY_RENDERER, summary
from gonogo_evidence.seal import CORE, CORE_FILES, SEAL, SUMMARY
from gonogo_evidence.text import msg
from gonogo_evidence.verify.overall import DUTIES
from gonogo_evidence.verify.report import Check, broken, limit, passed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.ids import JSONObject
    from gonogo_evidence.verify import UnverifiedPack

ID = "verdict.summary"


def check_summary(pack: UnverifiedPack) -> Iterator[Check]:
    """Other words than the core gives are an integrity error; those of another renderer are not compared: a limit."""
    renderer = str(pack.document(SEAL).get("summary_renderer"))
    if renderer != SUMMARY_RENDERER:
        words = msg(
            "SUMMARY.md was written by {renderer}: its words were not compared with the core.", renderer=renderer
        )
        yield limit(ID, "SUMMARY_OTHER_RENDERER", words, area="verdict", where=SUMMARY)
    elif pack.read(SUMMARY) != _rendered(pack):
        words = msg("SUMMARY.md does not say what the core says.")
        yield broken(ID, "SUMMARY_DIFFERS", words, area="verdict", where=SUMMARY)
    else:
        yield passed(ID, msg("SUMMARY.md says what the core says."), area="verdict", where=SUMMARY)


def _rendered(pack: UnverifiedPack) -> bytes | None:
    files: JSONObject = {name: pack.json(f"core/{name}") for name in CORE_FILES}
    core = dict(pack.json(CORE))
    try:
        verdicts = cast("JSONObject", core["verdicts"])
        core["verdicts"] = {duty: verdicts[duty] for duty in DUTIES if duty in verdicts}  # in the order of the run
        return summary(core, files).encode()
    except (AttributeError, KeyError, TypeError, ValueError):  # a core of another shape gives other words, or none
        return None
