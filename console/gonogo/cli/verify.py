"""``gonogo verify``: three questions about a pack, answered from its bytes and your trust roots, offline."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.index_open import index_option, read_witness_policy, vkey_option, witness_policy_option
from gonogo.cli.streams import visible
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from datetime import datetime

    from gonogo.trusting import Roots
    from gonogo_evidence.index.witness_policy import WitnessPolicy
    from gonogo_evidence.verify import PackCheck, Report

FILE = click.Path(path_type=Path)
MARK = "verdict.drill"
TRUST = "decision.trust"
"""The check that says why nobody's trust roots judge the decision."""
MARKS = {"PASS": "ok  ", "FAIL": "FAIL", "INCONCLUSIVE": "?   "}


@click.command("verify")
@click.argument("pack_or_run")
@click.option("--allowed-signers", type=FILE, metavar="FILE", help=str(msg("who may sign, in OpenSSH's form")))
@click.option("--policy", type=FILE, metavar="FILE", help=str(msg("the sign-off policy to check against")))
@click.option("--separation", type=FILE, metavar="FILE", help=str(msg("the separation of duties to check against")))
@click.option("--revoked-keys", type=FILE, metavar="FILE", help=str(msg("keys that count no longer")))
@click.option("--drill-keys", type=FILE, metavar="FILE", help=str(msg("the keys that sign drill results, in PEM")))
@click.option("--engine-key", type=FILE, metavar="FILE", help=str(msg("the public key of the engine that sealed it")))
@index_option
@vkey_option
@witness_policy_option
@click.option(
    "--at", metavar="TIME", help=str(msg("judge open decisions as of this time, YYYY-MM-DDTHH:MM:SSZ (default: now)"))
)
@click.option("--authentic-only", is_flag=True, help=str(msg("ask only whether these are the sealed bytes")))
@click.option("--drill", is_flag=True, help=str(msg("a drill's pack is wanted; without this one is refused")))
@click.option("--sarif", is_flag=True, help=str(msg("the report as SARIF 2.1.0 on standard output")))
@click.option(
    "--export-verifier",
    type=FILE,
    metavar="DIR",
    help=str(msg("also copy verify_pack.py, for somebody without gonogo, into this folder")),
)
@json_option
@repo_option
@pass_output
def command(  # noqa: PLR0913 - one argument an option of the command line
    output: Output,
    *,
    pack_or_run: str,
    allowed_signers: Path | None,
    policy: Path | None,
    separation: Path | None,
    revoked_keys: Path | None,
    drill_keys: Path | None,
    engine_key: Path | None,
    index: Path | None,
    vkey: Path | None,
    witness_policy: Path | None,
    at: str | None,
    authentic_only: bool,
    drill: bool,
    sarif: bool,
    export_verifier: Path | None,
    repo: Path | None,
) -> int:
    """Check a pack: authentic, verdict, decision. Exit with the worst of the three."""
    from gonogo.trusting import Roots, find_pack  # noqa: PLC0415 - only when it is used

    folder, moment = find_pack(output, pack_or_run, repo), _moment(output, at)
    roots = Roots(output, repo, allowed_signers, policy, engine_key, vkey, separation, revoked_keys, index, drill_keys)
    policy_of_witnesses = read_witness_policy(witness_policy)
    if export_verifier is not None:
        _export(output, export_verifier)
    report = _of_drill(folder, roots, as_drill=drill) or judged(
        output, folder, roots, moment, authentic_only=authentic_only, as_drill=drill, witnesses=policy_of_witnesses
    )
    code = _exit(report, authentic_only=authentic_only)
    document = {**report.json(), "pack": str(folder), "verdict": report.verdict("verdict"), "exit_code": code}
    if sarif:
        from gonogo.version import __version__  # noqa: PLC0415 - only when it is used
        from gonogo_evidence.verify.sarif import sarif as as_sarif  # noqa: PLC0415 - the same

        output.json = True
        document = dict(as_sarif(report, version=__version__))
    output.result(document, "" if output.json else _human(output, report, authentic_only=authentic_only))
    return code


def _of_drill(folder: Path, roots: Roots, *, as_drill: bool) -> Report | None:
    """The report about a drill's own pack, by the keys that are brought or this machine's; None for a run's pack."""
    from gonogo_evidence.drill import RESULT  # noqa: PLC0415 - only when it is used

    if not os.path.isfile(folder / RESULT):  # noqa: PTH113 - a folder that may not be entered is told of later
        return None
    from gonogo.drills.verify import judged as judge  # noqa: PLC0415 - all drills come with it

    return judge(folder, roots.drill_public_keys(), as_drill=as_drill)


def _exit(report: Report, *, authentic_only: bool) -> int:
    """The worst of what was asked; a drill's pack is refused whatever is asked of it."""
    if not authentic_only:
        return report.exit_code
    from gonogo_evidence.verify.report import ORDER  # noqa: PLC0415 - only when it is used

    mark = next((check.exit for check in report.checks if check.id == MARK), 0)
    return next(code for code in ORDER if code in {mark, report.exit_for("authentic")})


def _moment(output: Output, at: str | None) -> datetime:
    from gonogo_evidence.statement import parse_time  # noqa: PLC0415 - only when it is used

    if at is None:
        return output.world.now()
    try:
        return parse_time(at)
    except ValueError as error:
        raise BadInput(
            "TIME_FORM",
            msg("This is no time of the form YYYY-MM-DDTHH:MM:SSZ."),
            where=f"--at {at!a}",
            next_step=msg("gonogo verify --help"),
        ) from error


def _export(output: Output, folder: Path) -> None:
    from gonogo_evidence.guide import export_verifier  # noqa: PLC0415 - only when it is used

    output.say(msg("wrote {path}", path=str(export_verifier(folder))))


def judged(
    output: Output,
    folder: Path,
    roots: Roots,
    moment: datetime,
    *,
    authentic_only: bool = False,
    as_drill: bool = False,
    witnesses: WitnessPolicy | None = None,
) -> Report:
    """The report about a pack, by the verifier's trust roots, open decisions as of a time (aware)."""
    from gonogo.decision import DecisionChecks  # noqa: PLC0415 - only when it is used
    from gonogo.planned import PlannedGates  # noqa: PLC0415 - the same
    from gonogo.summary import check_summary  # noqa: PLC0415 - the same
    from gonogo_evidence.verify import log_says, verify_pack  # noqa: PLC0415 - the same

    keys = roots.engine_keys(folder)
    logs, named = roots.index_keys(folder), roots.vkey is not None
    extra: list[PackCheck] = []
    if not authentic_only:
        try:
            trust = roots.trust(folder)
        except GonogoError as error:
            extra.append(_no_trust(error))
        else:
            if trust.label != "given":
                output.say(msg("trust: {label} ({place})", label=trust.label, place=str(roots.folder(folder))))
            extra.append(DecisionChecks(trust, keys, moment, output.world.now(), roots.engine_key is not None))
        brought = roots.index is not None
        log = partial(log_says.check, folder=roots.log(folder), keys=logs, now=moment, brought=brought)
        around: PackCheck = lambda _: roots.repository(folder)  # noqa: E731 - the type is what the lambda lacks
        extra += [log, around, check_summary, PlannedGates(partial(roots.gates_files, folder))]
    return verify_pack(
        folder,
        extra=extra,
        engine_keys=keys,
        index_keys=logs,
        only_these_logs=named,
        as_drill=as_drill,
        witnesses=witnesses,
    )


def _no_trust(error: GonogoError) -> PackCheck:
    from gonogo_evidence.verify.report import of_error  # noqa: PLC0415 - only when it is used

    return lambda _pack: [of_error(TRUST, error, area="decision")]


def _human(output: Output, report: Report, *, authentic_only: bool) -> str:
    lines = [
        f"{MARKS[check.verdict]} {check.id:<28} {output.words(check.evidence)}"
        + (f"  [{visible(check.where)}]" if check.where and check.verdict != "PASS" else "")
        for check in report.checks
        if not (authentic_only and check.area != "authentic" and check.id != MARK)
    ]
    which = [f"{report.pack_id} sha256 {report.pack_digest}"] if report.pack_id and report.pack_digest else []
    return "\n".join([*lines, "", *which, output.words(_sentence(report, authentic_only=authentic_only))])


def _sentence(report: Report, *, authentic_only: bool) -> Text:
    yes = {"PASS": "yes", "FAIL": "NO", "INCONCLUSIVE": "unknown"}[report.verdict("authentic")]
    if authentic_only:
        return msg("authentic {answer}", answer=yes)
    if "decision" not in report.areas:
        return msg("authentic {answer} · verdict {verdict}", answer=yes, verdict=report.verdict("verdict"))
    return msg(
        "authentic {answer} · verdict {verdict} · decision {decision}",
        answer=yes,
        verdict=report.verdict("verdict"),
        decision=decision_in(report),
    )


def decision_in(report: Report) -> str:
    """What was decided, in a word; INVALID where that does not hold, ``unknown`` where it could not be judged."""
    codes = {check.code: check for check in report.of("decision") if check.verdict != "PASS" and not check.limit}
    if "DECIDED_NO_GO" in codes:
        return "NO-GO"
    if "REVOKED" in codes:
        return "REVOKED"
    if "CONDITION_OPEN" in codes and len(codes) == 1:
        return "GO-WITH-CONDITIONS (open)"
    if "SIGNOFF_WAITS" in codes and len(codes) == 1:
        return "open"
    if codes:
        return "INVALID" if any(check.verdict == "FAIL" for check in codes.values()) else "unknown"
    ids = [check.id for check in report.of("decision")]
    return "GO-WITH-CONDITIONS" if any(name.startswith("decision.condition") for name in ids) else "GO"
