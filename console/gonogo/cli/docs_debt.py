"""``gonogo docs baseline`` and ``gonogo docs trend``: what was broken before, what is new, and where it goes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.columns import columns
from gonogo.cli.configuration import find_in
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.docs_desk import docs_desk, excluded
from gonogo.link_debt_picture import Point, picture
from gonogo_agents.documents import Documents
from gonogo_agents.repository import open_repository
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.files import no_room, write_atomic
from gonogo_evidence.text import msg
from gonogo_policies.docs.debt import PLACE, Entry, read_baseline, split, write_baseline

if TYPE_CHECKING:
    from gonogo.cli.docs_desk import DocsDesk
    from gonogo_policies.docs import Problem

BASELINE_SCHEMA = "gonogo/docs-baseline/v1"
TREND_SCHEMA = "gonogo/docs-trend/v1"
HEADINGS = (msg("Day"), msg("Commit"), msg("Documents"), msg("References"), msg("Broken"))


@click.command(
    "baseline",
    short_help=str(msg("broken references: new, known and paid")),
    help=str(msg("Hold broken references against the baseline in docs/link-debt.json. Exit 1: there is new debt.")),
)
@click.option("--write", is_flag=True, help=str(msg("write the baseline anew: all that is broken now is known debt")))
@json_option
@repo_option
@pass_output
def baseline(output: Output, /, *, write: bool, repo: Path | None) -> int:
    """Compare with the baseline, or write it."""
    with docs_desk(output, repo) as desk:
        problems = [one for one in desk.documents.explained() if not one.advice]
        before = _baseline(desk, anew=write)
        parts = split(problems, before, {one.path for one in before} | set(desk.documents.paths))
        if write:
            _write(desk, problems)
    document = {
        "schema": BASELINE_SCHEMA,
        "path": PLACE,
        "written": write,
        "documents": len(desk.documents.paths),
        "references": desk.documents.judged.references,
        "new": [_row(one) for one in parts.new],
        "known": [_row(one) for one in parts.known],
        "paid": [one._asdict() for one in parts.paid],
    }
    values = {"new": len(parts.new), "known": len(parts.known), "paid": len(parts.paid)}
    lines = [f"+ {one.path}:{one.line} {one.words}" for one in parts.new]
    lines += [f"- {one.path} {one.words}" for one in parts.paid]
    lines.append(output.words(msg("New: {new}. Known: {known}. Paid: {paid}.", **values)))
    if write:
        lines.append(output.words(msg("Written: {path}. Commit it in a change of its own.", path=PLACE)))
    output.result(document, "\n".join(lines))
    return 1 if parts.new and not write else 0


@click.command(
    "trend",
    short_help=str(msg("link debt over the last commits, as table, JSON and picture")),
    help=str(msg("Count broken references in the last commits of the first-parent history of HEAD.")),
)
@click.option("--commits", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--svg", type=click.Path(path_type=Path), metavar="FILE", help=str(msg("write a picture")))
@json_option
@repo_option
@pass_output
def trend(output: Output, /, *, commits: int, svg: Path | None, repo: Path | None) -> int:
    """Count link debt over time."""
    repository = open_repository(output.world, repo or Path.cwd())
    listed = repository.git("rev-list", "--first-parent", f"--max-count={commits}", "HEAD").decode().split()
    exclude = excluded(find_in(output.world, repository).config.gates)
    points: list[Point] = []
    documents: Documents | None = None
    for commit in reversed(listed):
        documents = Documents(repository.git, commit, exclude, near=documents)
        broken = sum(not one.advice for one in documents.judged.problems)
        day = repository.commit_time(commit).strftime("%Y-%m-%d")
        points.append(Point(commit[:12], day, len(documents.paths), documents.judged.references, broken))
    if not any(one.documents for one in points):
        raise Inconclusive("DOCS_NOTHING", msg("There is no Markdown document here, so nothing was looked at."))
    if svg is not None:
        write_atomic(svg, picture(points, output.words(msg("Broken references"))).encode())
    rows = [(one.day, one.commit, str(one.documents), str(one.references), str(one.broken)) for one in points]
    output.result(
        {"schema": TREND_SCHEMA, "points": [one._asdict() for one in points]}, columns(output, HEADINGS, rows)
    )
    return 0


def _baseline(desk: DocsDesk, *, anew: bool) -> Counter[Entry]:
    """The baseline of the desk. Raises BadInput DOCS_BASELINE for a file that is none, unless it is written anew."""
    text = desk.documents.read(PLACE)
    if text is None and PLACE not in desk.documents.files:
        return Counter()
    try:
        return read_baseline((text or "").encode())
    except ValueError as error:
        if anew:
            return Counter()
        raise BadInput(
            "DOCS_BASELINE",
            msg("{path} is no baseline of link debt.", path=PLACE),
            where=PLACE,
            next_step=msg("gonogo docs baseline --write"),
        ) from error


def _write(desk: DocsDesk, problems: list[Problem]) -> None:
    place = desk.repository.root / PLACE
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise no_room(error, place) from error
    if place.parent.resolve() != desk.repository.root.resolve() / "docs" or place.is_symlink():
        raise BadInput("DOCS_BASELINE", msg("{path} is reached through a link.", path=PLACE), where=str(place))
    write_atomic(place, write_baseline(problems))


def _row(one: Problem) -> dict[str, Any]:
    return {"path": one.path, "line": one.line, "code": one.code, "words": one.words, "target": one.target}
