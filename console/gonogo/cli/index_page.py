"""``gonogo index page``: the evidence index as a page for people, in the operator's repository."""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.text import msg

SCHEMA = "gonogo/index-page/v1"
DRIFT = 1


@click.command(
    "page",
    short_help=str(msg("the index as docs/ops/EVIDENCE_INDEX.md, and links from merge logs")),
    help=str(
        msg(
            "Print docs/ops/EVIDENCE_INDEX.md as it should be now; what others wrote on it stays. --write puts it into"
            " the repository, and from then on publishing keeps it up to date. --check compares only: exit 1 if it"
            " differs. --merge-log FILE --run RUN links the run's pack from a merge log."
        )
    ),
)
@click.option("--write", is_flag=True, help=str(msg("write the page")))
@click.option("--check", is_flag=True, help=str(msg("only say whether the page is up to date")))
@click.option("--merge-log", type=click.Path(path_type=Path), metavar="FILE", help=str(msg("a merge log to link from")))
@click.option("--run", help=str(msg("the run whose pack the merge log is about")))
@json_option
@repo_option
@pass_output
def page(
    output: Output, *, write: bool, check: bool, merge_log: Path | None, run: str | None, repo: Path | None
) -> int:
    """Render the page."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo_graph import index_page  # noqa: PLC0415 - the same

    if (merge_log is None) != (run is None) or (write and check):
        raise click.UsageError(output.words(msg("--merge-log needs --run and --run needs it; --write or --check.")))
    with session_at(output, repo) as session:
        root, places, store = session.repository.root, session.places, session.store
        written: list[str] = []
        data = index_page.rendered(root, places, store)
        place = root / index_page.PAGE
        same = place.is_file() and place.read_bytes() == data
        if write and not same:
            written.append(str(index_page.write_page(root, data)))
        if merge_log is not None and run is not None:
            row = session.find(run)
            written.append(str(index_page.anchor(root, merge_log, row.run_id, places, store)))
    for path in written:
        output.say(msg("wrote {path}", path=path))
    text = data.decode()
    shown = not (write or check or merge_log)
    output.result(
        {"schema": SCHEMA, "path": str(place), "up_to_date": same, "written": written, "page": text},
        text.rstrip("\n") if shown else "",
    )
    if check and not same:
        output.say(msg("{path} is not up to date: gonogo index page --write", path=str(index_page.PAGE)))
    return DRIFT if check and not same else 0
