"""``gonogo drill report``, ``lint`` and ``history``: what is left of a drill."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.columns import columns
from gonogo.cli.context import Output, json_option, pass_output
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import no_room, read_brought, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo.drills import Session
    from gonogo.drills.lint import Finding

REPORT, LINT, HISTORY = "gonogo/drill-report/v1", "gonogo/drill-lint/v1", "gonogo/drill-history/v1"
MOST = 4 * 1024 * 1024
"""Bytes of a log."""


@click.command("report", help=str(msg("Write the session log and its four files from the scorecard.")))
@click.argument("session", default="latest", metavar="[SESSION]")
@click.option(
    "--repo",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help=str(msg("below this folder: docs/ops/drills/runs/ (default: the current folder)")),
)
@json_option
@pass_output
def report(output: Output, /, *, session: str, repo: Path) -> int:
    """Write the log; a file that is there already stays."""
    from gonogo.drills import find  # noqa: PLC0415 - only when it is used
    from gonogo.drills.log import files_of  # noqa: PLC0415 - the same
    from gonogo.drills.session import check_scorecard  # noqa: PLC0415 - the same

    known = find(output.world, session)
    if not known.scored:
        raise BadInput(
            "DRILL_NOT_SCORED",
            msg("This session is not scored yet."),
            where=known.session,
            next_step=msg("gonogo drill score {session}", session=known.session),
        )
    check_scorecard(known)
    files = {repo / name: text.encode() for name, text in files_of(known).items()}
    there = next((place for place in files if place.exists() or place.is_symlink()), None)
    if there is not None:
        raise BadInput("DRILL_LOG_THERE", msg("The log is there already, and none is overwritten."), where=str(there))
    for place, data in files.items():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise no_room(error, place) from error
        write_atomic(place, data)
    names = [str(place) for place in files]
    output.result({"schema": REPORT, "session": known.session, "log": names[0], "files": names}, "\n".join(names))
    return 0


@click.command("lint", help=str(msg("Hold session logs, of any hand, against the quality checklist.")))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@json_option
@pass_output
def lint(output: Output, /, *, files: tuple[Path, ...]) -> int:
    """Lint logs. Exit 1 where there is a finding."""
    from gonogo.drills.lint import lint as judge  # noqa: PLC0415 - only when it is used

    found = {file: judge(file.name, read_brought(file, limit=MOST).decode("utf-8", "replace")) for file in files}
    rows = [
        f"{file}:{one.line} {one.point} {output.words(one.message)}"
        for file, findings in found.items()
        for one in findings
    ]
    bad = sum(bool(findings) for findings in found.values())
    document = {
        "schema": LINT,
        "verdict": "FAIL" if bad else "PASS",
        "logs": [_lint(output, file, findings) for file, findings in found.items()],
    }
    words = output.words(msg("{good} of {all} logs satisfy the checklist.", good=len(found) - bad, all=len(found)))
    output.result(document, "\n".join([*rows, words]))
    return 1 if bad else 0


def _lint(output: Output, file: Path, findings: list[Finding]) -> dict[str, Any]:
    told = [{"point": one.point, "line": one.line, "message": output.words(one.message)} for one in findings]
    return {"file": str(file), "findings": told}


@click.command("history", help=str(msg("Past sessions, drills that are due, and what was missed most.")))
@click.option("--operator", help=str(msg("only this operator's")))
@click.option("--svg", type=click.Path(path_type=Path), metavar="FILE", help=str(msg("competence over time, drawn")))
@json_option
@pass_output
def history(output: Output, /, *, operator: str | None, svg: Path | None) -> int:
    """Show what was trained, and what is due."""
    from gonogo.drills import sessions  # noqa: PLC0415 - only when it is used
    from gonogo.drills.history import standings, weakest  # noqa: PLC0415 - the same

    known = [one for one in sessions(output.world) if operator is None or one.operator == operator]
    stand, weak = standings(known, output.world.now()), weakest(known)
    past = [
        (one.session, one.operator, str(one.scored.get("verdict", "-")), str(one.scored.get("timebox", "-")))
        for one in known
    ]
    drills = [
        (one.drill, str(one.tries), one.passed[:10] or "-", output.words(msg("due") if one.due else msg("in time")))
        for one in stand
    ]
    document = {
        "schema": HISTORY,
        "sessions": [dict(zip(("session", "operator", "verdict", "timebox"), row, strict=True)) for row in past],
        "drills": [
            {"drill": one.drill, "tries": one.tries, "passed": one.passed or None, "due": one.due} for one in stand
        ],
        "weakest": [{"criterion": name, "missed": count} for name, count in weak],
        "all_in_time": not any(one.due for one in stand),
    }
    if svg is not None:
        _draw(output, known, svg)
    heads = (msg("session"), msg("operator"), msg("verdict"), msg("timebox"))
    parts = [columns(output, heads, past)] if past else []
    parts.append(columns(output, (msg("drill"), msg("tries"), msg("passed"), msg("when")), drills))
    parts += [output.words(msg("missed most: {what} ({times})", what=name, times=count)) for name, count in weak]
    output.result(document, "\n\n".join(parts))
    return 0


def _draw(output: Output, known: list[Session], file: Path) -> None:
    """Write the picture. Raises BadInput DRILL_NO_HISTORY where nothing was scored yet."""
    from gonogo.drills import DRILLS  # noqa: PLC0415 - only when it is used
    from gonogo.drills.history import competence  # noqa: PLC0415 - the same
    from gonogo.line_picture import Mark, line_picture  # noqa: PLC0415 - the same

    found = competence(known)
    if not found:
        raise BadInput(
            "DRILL_NO_HISTORY",
            msg("No drill was scored yet: there is nothing to draw."),
            next_step=msg("gonogo drill start --next"),
        )
    marks = [
        Mark(count, f"{day}: {count}", f"{one.session} {one.operator}: {one.scored['verdict']}; {count}/{len(DRILLS)}")
        for day, count, one in found
    ]
    title = output.words(msg("Drills passed and not due"))
    write_atomic(file, line_picture(marks, title, highest=len(DRILLS), colour="#1b5e20").encode())
    output.say(msg("wrote {path}", path=str(file)))
