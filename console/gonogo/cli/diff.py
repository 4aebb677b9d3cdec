"""``gonogo diff``: what changed between two packs, for people: inputs, gates, findings, risks, tools, signers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.reproduce import require_authentic, shown
from gonogo.cli.streams import visible
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gonogo_evidence.compare import Difference
    from gonogo_evidence.ids import JSON
    from gonogo_evidence.verify import Check, UnverifiedPack

SCHEMA = "gonogo/diff/v1"
DIFFERS = 1
HEADINGS: dict[str, Text] = {
    "inputs": msg("Inputs"),
    "verdict": msg("Verdict"),
    "gates": msg("Gates"),
    "risks": msg("Risks"),
    "artifacts": msg("Artifacts"),
    "tools": msg("Tools"),
    "decision": msg("Decision"),
}
CLAIMED = msg("Decision, as the sign-offs claim it; verified here is none of them (gonogo verify PACK)")
JUDGED = msg("Decision, judged as gonogo verify does")
RISKS = "review/risk-review.json"


@click.command("diff")
@click.argument("first")
@click.argument("second")
@json_option
@repo_option
@pass_output
def command(output: Output, *, first: str, second: str, repo: Path | None) -> int:
    """Say what changed between two packs or runs. Exit 0: the core is the same; 1: it is not; 6: one was changed."""
    from gonogo.trusting import find_pack  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.compare import differences  # noqa: PLC0415 - the same
    from gonogo_evidence.verify import open_pack  # noqa: PLC0415 - the same

    folders = [find_pack(output, named, repo) for named in (first, second)]
    for folder in folders:
        require_authentic(folder)
    packs = [open_pack(folder) for folder in folders]
    left, right = (_parts(pack) for pack in packs)
    answers = [_judged(output, folder, repo) for folder in folders]
    verified = all(isinstance(answer, str) for answer in answers)
    if verified:
        for answer, parts in zip(answers, (left, right), strict=True):
            parts["decision"] = {"answer": str(answer), "signed": parts["decision"]}
    found = {part: [*differences(left[part], right[part])] for part in HEADINGS}
    digests = [pack.core_digest for pack in packs]
    same = digests[0] == digests[1]
    document = {
        "schema": SCHEMA,
        "packs": [str(folder) for folder in folders],
        "core_digests": digests,
        "same_core": same,
        "decisions_verified": verified,
        "decisions": [answer if isinstance(answer, str) else None for answer in answers],
        "not_judged": [None if isinstance(answer, str) else answer.code for answer in answers],
        "changed": {
            part: [{"path": one.path, "first": one.left, "second": one.right} for one in ones]
            for part, ones in found.items()
        },
    }
    lines = [output.words(msg("The core is the same.") if same else msg("The cores differ."))]
    headings = {**HEADINGS, "decision": JUDGED if verified else CLAIMED}
    for part, ones in found.items():
        if ones:
            lines += ["", f"{output.words(headings[part])}:"]
            lines += [_line(one) for one in ones]
    lines += _not_judged(output, folders, answers)
    output.result(document, "\n".join(lines))
    return 0 if same else DIFFERS


def _judged(output: Output, folder: Path, repo: Path | None) -> str | Check:
    """What was decided, as ``gonogo verify`` says it with this machine's trust roots; else why nobody can judge it."""
    from gonogo.cli.verify import TRUST, decision_in, judged  # noqa: PLC0415 - only when it is used
    from gonogo.trusting import Roots  # noqa: PLC0415 - the same

    report = judged(output, folder, Roots(output, repo, None, None), output.world.now())
    return next((check for check in report.checks if check.id == TRUST), decision_in(report))


def _not_judged(output: Output, folders: Sequence[Path], answers: Sequence[str | Check]) -> Iterator[str]:
    for folder, answer in zip(folders, answers, strict=True):
        if not isinstance(answer, str):
            why = output.words(answer.evidence)
            yield output.words(msg("Not judged: {pack}: {code}: {why}", pack=str(folder), code=answer.code, why=why))


def _line(one: Difference) -> str:
    return f"  {visible(one.path.removeprefix('$.'))}: {shown(one.left)} -> {shown(one.right)}"


def _parts(pack: UnverifiedPack) -> dict[str, JSON]:
    """What people compare, by heading; lists by the names of their items, so that a new one moves nothing."""
    from gonogo_evidence.single_file import INPUT_FIELDS  # noqa: PLC0415 - only when it is used

    core, around = pack.json("core/pack.json"), pack.json("environment.json")
    report = pack.json("core/validator-report.json")
    risks = _objects(pack.json(RISKS).get("risks")) if RISKS in pack.entries else []
    data = _objects(around.get("data_files"))
    return {
        "inputs": {name: core[name] for name in (*INPUT_FIELDS, "seed") if name in core},
        "verdict": {"verdict": core.get("verdict"), "inconclusive": _ids(core.get("inconclusive"))},
        "gates": dict(_gates(report.get("gates"))),
        "risks": {str(risk.get("id")): risk.get("likelihood") for risk in risks},
        "artifacts": {str(item.get("path")): item.get("sha256") for item in data},
        "tools": around.get("tools", {}),
        "decision": _decisions(pack),
    }


def _gates(gates: JSON) -> Iterator[tuple[str, JSON]]:
    for gate in _objects(gates):
        findings: dict[str, JSON] = {shown(finding): True for finding in _objects(gate.get("findings"))}
        kept = {name: gate.get(name) for name in ("verdict", "checked", "read_change")}
        yield str(gate.get("name")), {**kept, "findings": findings}


def _decisions(pack: UnverifiedPack) -> dict[str, JSON]:
    from gonogo_evidence.statement import SignoffStatement  # noqa: PLC0415 - only when it is used

    found: dict[str, Any] = {}
    for name in pack.names("review"):
        if name.endswith(".signoff.json"):
            said = SignoffStatement.from_bytes(pack.read(f"review/{name}"))
            found[said.principal] = said.decision
    return found


def _ids(items: JSON) -> dict[str, JSON]:
    return {str(item.get("id")): True for item in _objects(items)}


def _objects(value: JSON) -> list[Mapping[str, JSON]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
