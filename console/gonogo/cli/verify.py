"""``gonogo verify``: three questions about a pack, answered from its bytes and your trust roots, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from gonogo.trusting import Roots
    from gonogo_evidence.verify import PackCheck, Report

MARKS = {"PASS": "ok  ", "FAIL": "FAIL", "INCONCLUSIVE": "?   "}


@click.command("verify")
@click.argument("pack_or_run")
@click.option("--allowed-signers", type=click.Path(path_type=Path), help=str(msg("who may sign, in OpenSSH's form")))
@click.option("--policy", type=click.Path(path_type=Path), help=str(msg("the sign-off policy to check against")))
@click.option("--authentic-only", is_flag=True, help=str(msg("ask only whether these are the sealed bytes")))
@json_option
@repo_option
@pass_output
def command(
    output: Output,
    *,
    pack_or_run: str,
    allowed_signers: Path | None,
    policy: Path | None,
    authentic_only: bool,
    repo: Path | None,
) -> int:
    """Check a pack: authentic, verdict, decision. Exit with the worst of the three."""
    from gonogo.trusting import Roots, find_pack  # noqa: PLC0415 - only when it is used

    folder, roots = find_pack(output, pack_or_run, repo), Roots(output, repo, allowed_signers, policy)
    report = _verify(output, folder, roots, authentic_only=authentic_only)
    document = {**report.json(), "pack": str(folder)}
    code = report.exit_for("authentic") if authentic_only else report.exit_code
    document["verdict"] = report.verdict("verdict")
    document["exit_code"] = code
    output.result(document, "" if output.json else _human(output, report, authentic_only=authentic_only))
    return code


def _verify(output: Output, folder: Path, roots: Roots, *, authentic_only: bool) -> Report:
    from gonogo.decision import DecisionChecks  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.verify import verify_pack  # noqa: PLC0415 - the same

    keys = roots.engine_keys(folder)
    if authentic_only:
        return verify_pack(folder, engine_keys=keys)
    try:
        trust = roots.trust(folder)
    except GonogoError as error:
        return verify_pack(folder, extra=[_no_trust(error)], engine_keys=keys)
    if trust.label != "given":
        output.say(msg("trust: {label} ({place})", label=trust.label, place=str(roots.folder(folder))))
    return verify_pack(folder, extra=[DecisionChecks(trust, keys, output.world.now())], engine_keys=keys)


def _no_trust(error: GonogoError) -> PackCheck:
    from gonogo_evidence.verify.report import of_error  # noqa: PLC0415 - only when it is used

    return lambda _pack: [of_error("decision.trust", error, area="decision")]


def _human(output: Output, report: Report, *, authentic_only: bool) -> str:
    lines = [
        f"{MARKS[check.verdict]} {check.id:<28} {output.words(check.evidence)}"
        + (f"  [{check.where}]" if check.where and check.verdict != "PASS" else "")
        for check in report.checks
        if not (authentic_only and check.area != "authentic")
    ]
    return "\n".join([*lines, "", output.words(_sentence(report, authentic_only=authentic_only))])


def _sentence(report: Report, *, authentic_only: bool) -> Text:
    yes = {"PASS": "yes", "FAIL": "NO", "INCONCLUSIVE": "unknown"}[report.verdict("authentic")]
    if authentic_only:
        return msg("authentic {answer}", answer=yes)
    return msg(
        "authentic {answer} · verdict {verdict} · decision {decision}",
        answer=yes,
        verdict=report.verdict("verdict"),
        decision=_decision(report),
    )


def _decision(report: Report) -> str:
    codes = {check.code: check for check in report.of("decision") if check.verdict != "PASS" and not check.limit}
    if "DECIDED_NO_GO" in codes:
        return "NO-GO"
    if "CONDITION_OPEN" in codes and len(codes) == 1:
        return "GO-WITH-CONDITIONS (open)"
    if "SIGNOFF_WAITS" in codes and len(codes) == 1:
        return "open"
    if codes:
        return "INVALID" if any(check.verdict == "FAIL" for check in codes.values()) else "unknown"
    ids = [check.id for check in report.of("decision")]
    return "GO-WITH-CONDITIONS" if any(name.startswith("decision.condition") for name in ids) else "GO"
