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
INVENTORY, PLAN = "core/inventory.json", "core/run-plan.json"
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

    A stored criterion (runbook section 5), a hard check of a duty and a hard gate that was planned and is not in the
    report can only make it worse.
    """
    core, report = pack.document(CORE), pack.document(REPORT)
    duties = cast("Mapping[str, JSON]", core["verdicts"])
    gates = cast("Sequence[JSONObject]", report["gates"])
    criteria = [item for item in cast("Sequence[JSONObject]", core["criteria"]) if "verdict" in item]
    found: list[Verdict] = [overall_verdict(duties, gates), *(_verdict(item["verdict"]) for item in criteria)]
    made = worst([*found, *_checked(core, pack), *_planned(pack, gates)])
    differing = (*_differences(core, duties, made), *_report_differs(report, duties))
    if differing:
        return differing
    named = [str(item.get("id", "")) for item in criteria if item["verdict"] == made]
    return (Check(ID, made, CODES[made], _reason(made, duties, gates, named), where=CORE, area="verdict"),)


def _checked(core: JSONObject, pack: UnverifiedPack) -> Iterator[Verdict]:
    """The hard checks that duties keep of themselves: no duty is better than its own."""
    kept = [cast("JSONObject", core[field]).get("value") for field in ("preflight_snapshot", "execution")]
    plan = pack.json(PLAN)
    for part in (*kept, pack.json(INVENTORY), plan.get("scope"), plan.get("gates"), pack.json(REPORT)):
        for item in _objects(part.get("checks") if isinstance(part, dict) else None):
            if item.get("hard") is True:
                yield _verdict(item.get("verdict"))


def _planned(pack: UnverifiedPack, gates: Sequence[JSONObject]) -> Iterator[Verdict]:
    """A hard gate that the plan names counts as such, and as INCONCLUSIVE where the report does not have it.

    One of which the plan has the name alone counts as hard.
    """
    reported, planned = {str(gate["name"]): gate for gate in gates}, pack.json(PLAN).get("gates")
    planned = planned.get("gates") if isinstance(planned, dict) else planned
    for item in planned if isinstance(planned, list) else []:
        name = item.get("name") if isinstance(item, dict) else item
        if not isinstance(item, dict) or item.get("hard") is True:
            gate = reported.get(str(name), {"verdict": "INCONCLUSIVE"})
            if gate["verdict"] != "NOT_APPLICABLE":
                yield _verdict(gate["verdict"])


def _objects(value: JSON) -> list[JSONObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


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
