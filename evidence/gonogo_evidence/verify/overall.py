"""The overall verdict, made again from what the core holds. The stored one is compared, never trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_evidence.seal import CORE
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import Verdict, worst
from gonogo_evidence.verify.open import REPORT
from gonogo_evidence.verify.report import OK, Check, broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "verdict.overall"
DUTIES = ("preflight_snapshot", "inventory", "scope_plan", "gate_plan", "execution", "validation")
"""The state fields of duties 1 to 6, whose verdicts the core keeps."""
CODES: Mapping[Verdict, str] = {"PASS": OK, "FAIL": "VERDICT_FAIL", "INCONCLUSIVE": "VERDICT_INCONCLUSIVE"}


def overall_verdict(duties: Mapping[str, JSON], gates: Sequence[JSONObject]) -> Verdict:
    """The verdict of a run: the worst of its six duties and its hard gates; PASS only where a gate read the change.

    Args:
        duties: verdict by state field of duties 1 to 6; one that is missing, or is no verdict, is INCONCLUSIVE.
        gates: the gates of the validator report.
    """
    found: list[Verdict] = []
    found.extend(_verdict(duties.get(field)) for field in DUTIES)
    found.extend(_verdict(gate["verdict"]) for gate in gates if gate["hard"] and gate["verdict"] != "NOT_APPLICABLE")
    if not any(True for _ in reading(gates)):
        found.append("INCONCLUSIVE")
    return worst(found)


def reading(gates: Iterable[JSONObject]) -> Iterator[JSONObject]:
    """The hard gates that passed and read the changed files: without one of them nothing passes."""
    for gate in gates:
        if gate["hard"] and gate["verdict"] == "PASS" and gate["read_change"] and cast("int", gate["checked"]) > 0:
            yield gate


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """Recompute, compare with what is stored (different is exit 6), and name the gates that carry the verdict.

    A stored criterion (runbook section 5) can only make it worse.
    """
    core, report = pack.document(CORE), pack.document(REPORT)
    duties = cast("Mapping[str, JSON]", core["verdicts"])
    gates = cast("Sequence[JSONObject]", report["gates"])
    criteria = [item for item in cast("Sequence[JSONObject]", core["criteria"]) if "verdict" in item]
    made = worst([overall_verdict(duties, gates), *(_verdict(item["verdict"]) for item in criteria)])
    differing = (*_differences(core, duties, made), *_report_differs(report, duties))
    if differing:
        return differing
    named = [str(item.get("id", "")) for item in criteria if item["verdict"] == made]
    return (Check(ID, made, CODES[made], _reason(made, duties, gates, named), where=CORE, area="verdict"),)


def _differences(core: JSONObject, duties: Mapping[str, JSON], made: Verdict) -> Iterator[Check]:
    stored = {"verdict": (core["verdict"], made)}
    for field in ("preflight_snapshot", "execution"):
        stored[f"{field}.verdict"] = (cast("JSONObject", core[field])["verdict"], _verdict(duties[field]))
    for name, (said, found) in stored.items():
        if said != found:
            words = msg("pack.json says {said}, its own evidence gives {found}.", said=str(said), found=found)
            yield broken(ID, "VERDICT_DIFFERS", words, area="verdict", where=f"{CORE} $.{name}")


def _report_differs(report: JSONObject, duties: Mapping[str, JSON]) -> Iterator[Check]:
    said, found = report.get("verdict", duties["validation"]), duties["validation"]
    if said != found:
        words = msg("The validator report says {said}, pack.json says {found}.", said=str(said), found=str(found))
        yield broken(ID, "VERDICT_DIFFERS", words, area="verdict", where=f"{REPORT} $.verdict")


def _reason(made: Verdict, duties: Mapping[str, JSON], gates: Sequence[JSONObject], criteria: Sequence[str]) -> Text:
    if made == "PASS":
        carried = ", ".join(f"{gate['name']} ({gate['checked']} {gate.get('unit', '')})" for gate in reading(gates))
        return msg("All duties and hard gates passed; the change was read by {gates}.", gates=carried)
    names = [field for field in DUTIES if duties.get(field) == made]
    names += [str(gate["name"]) for gate in gates if gate["hard"] and gate["verdict"] == made]
    names += criteria
    if not names:
        return msg("No hard gate passed that read the changed files.")
    return msg("{verdict} in {names}.", verdict=made, names=", ".join(names))


def _verdict(value: JSON) -> Verdict:
    return cast("Verdict", value) if isinstance(value, str) and value in CODES else "INCONCLUSIVE"
