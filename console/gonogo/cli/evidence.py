"""``gonogo evidence validate FILE``: the runbook's check of a single-file pack, with its exit codes 0, 1 and 2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output
from gonogo_evidence.ep_json import validate_evidence_pack, validation_exit
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.ep_json import ValidationReport
    from gonogo_evidence.ep_rules import Problem

SCHEMA = "gonogo/evidence-validation/v1"


@click.group("evidence", help=str(msg("Check single-file packs.")))
def command() -> None:
    """Hold the commands about single-file packs."""


@command.command(
    "validate",
    short_help=str(msg("check one single-file pack")),
    help=str(msg("Check one single-file pack: the rules of EP-JSON 1.0.0 and the fields that the runbook requires.")),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lenient", is_flag=True, help=str(msg("accepted for old scripts; verdict and exit code stay the same")))
@click.option("--compat", is_flag=True, help=str(msg("ask for no more than the predecessor's validator did")))
@json_option
@pass_output
def validate(output: Output, file: Path, *, lenient: bool, compat: bool) -> int:
    """Check one file. Exits with 0 passed, 1 failed, 2 not found."""
    report = validate_evidence_pack(file, compat=compat)
    document = {
        "schema": SCHEMA,
        "verdict": "PASS" if report.passed else "FAIL",
        "file": str(file),
        "mode": "lenient" if lenient else "strict",
        "compat": compat,
        "errors": _entries(output, report.errors),
        "warnings": _entries(output, report.warnings),
        "missing": list(report.missing),
    }
    output.result(document, _human(output, file, report))
    return validation_exit(report)


def _entries(output: Output, problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [
        {"code": problem.code, "path": problem.path, "message": output.words(problem.message)} for problem in problems
    ]


def _human(output: Output, file: Path, report: ValidationReport) -> str:
    verdict = output.paint("PASS", "green") if report.passed else output.paint("FAIL", "red")
    lines = [f"{verdict}  {file}"]
    lines += [_line(output, msg("error"), problem) for problem in report.failures]
    lines += [_line(output, msg("warning"), problem) for problem in report.warnings]
    counts = msg("{errors} errors, {warnings} warnings", errors=len(report.failures), warnings=len(report.warnings))
    return "\n".join([*lines, output.words(counts)])


def _line(output: Output, kind: Text, problem: Problem) -> str:
    return f"  {output.words(kind)} {problem.code} {problem.path}: {output.words(problem.message)}"
