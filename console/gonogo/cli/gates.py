"""``gonogo gates``: the gates of a run, over the desk as it stands, a change or a commit; nothing is sealed."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from gonogo.cli.columns import columns
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.gate_formats import FORMATS, Outcome, Place, gate_outcome, in_form
from gonogo.version import __version__
from gonogo_evidence.files import no_room
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.gating import Look, Looked

SCHEMA = "gonogo/gates/v1"
KEPT = "data/gates"
"""Where a run keeps what gates left, below its folder."""
EXITS = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}
HEADINGS = (msg("Gate"), msg("Verdict"), msg("Checked"), msg("Why"))


@click.command(
    "gates",
    help=str(
        msg("Run gates as a run would. Exit 0: nothing is open; 1: a hard gate found a fault; 3: one could not tell.")
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--changed", is_flag=True, help=str(msg("what changed since the base, uncommitted and new files too")))
@click.option("--base", help=str(msg("what the change is measured against")))
@click.option("--commit", metavar="REF", help=str(msg("a commit instead of the desk as it stands")))
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help=str(msg("keep outputs and pictures here"))
)
@click.option("--format", "form", type=click.Choice(["text", "json", *FORMATS]), default="text", show_default=True)
@click.option(
    "--watch", "watching", is_flag=True, help=str(msg("look again whenever the desk changes; Ctrl-C ends it"))
)
@json_option
@repo_option
@pass_output
def command(  # noqa: PLR0913 - one argument an option of the command line
    output: Output,
    /,
    *,
    names: tuple[str, ...],
    changed: bool,
    base: str | None,
    commit: str | None,
    keep: Path | None,
    form: str,
    watching: bool,
    repo: Path | None,
) -> int:
    """Run gates over the desk, a change or a commit."""
    from gonogo_agents.repository import open_repository  # noqa: PLC0415 - only when it is used
    from gonogo_graph.gating import Look  # noqa: PLC0415 - the same

    repository = open_repository(output.world, repo or Path.cwd())
    asked = Look(names, changed=changed or watching or base is not None, base=base, commit=commit)
    if watching:
        from gonogo.cli.gates_watch import check_watchable, watch  # noqa: PLC0415 - the same

        check_watchable(form, commit, json=output.json)
        watch(output, repository, lambda: _look(output, repository, asked, form, None))
    return _look(output, repository, asked, form, keep)


def _look(output: Output, repository: Repository, asked: Look, form: str, keep: Path | None) -> int:
    from gonogo.cli.configuration import find_in  # noqa: PLC0415 - only when it is used
    from gonogo_agents.watch import Guards  # noqa: PLC0415 - the same
    from gonogo_graph.gating import look  # noqa: PLC0415 - the same

    config = find_in(output.world, repository).config
    declared = cast("list[JSON]", [gate.model_dump(mode="json") for gate in config.gates])
    asked = replace(asked, guards=Guards(config.guardrails.desk_paths, config.guardrails.caches))
    with tempfile.TemporaryDirectory(prefix="gonogo-gates-") as folder:
        looked = look(repository, declared, asked, Path(folder).resolve(), _telling(output))
        if keep is not None:
            _keep(Path(folder, KEPT), keep)
    outcome = _outcome(output, looked)
    output.json = output.json or form == "json"
    words = in_form(form, outcome) if form in FORMATS else _text(output, outcome)
    output.result(_document(looked, outcome), words)
    if form == "github":
        from gonogo.gate_formats.github import append_summary, summary  # noqa: PLC0415 - only when it is used

        append_summary(output.env, summary(outcome))
    return EXITS[looked.verdict]


def _keep(kept: Path, place: Path) -> None:
    """Copy what the gates' programs left: a run has it in its pack."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        for file in kept.iterdir() if kept.is_dir() else ():
            shutil.copyfile(file, place / file.name)
    except OSError as error:
        raise no_room(error, place) from error


def _telling(output: Output) -> Callable[[str, JSONObject | None], None]:
    def tell(name: str, result: JSONObject | None) -> None:
        if result is None:
            output.say(msg("{gate} ...", gate=name))
        else:
            output.say(msg("{gate}: {verdict}", gate=name, verdict=str(result["verdict"])))

    return tell


def _outcome(output: Output, looked: Looked) -> Outcome:
    from gonogo_graph.gating import duration  # noqa: PLC0415 - only when it is used

    desk = looked.snapshot
    values: dict[str, str | int] = {"commit": desk.head[:12], "files": looked.files}
    if desk.differs:
        subject = msg("The desk on {commit} as it stands, uncommitted and new files too. Files: {files}.", **values)
    else:
        subject = msg("Commit {commit}. Files: {files}.", **values)
    gates = tuple(gate_outcome(gate, output.words, milliseconds=duration(gate)) for gate in looked.gates)
    return Outcome(__version__, output.words(subject), looked.verdict, output.words(looked.reason), gates)


def _document(looked: Looked, outcome: Outcome) -> Mapping[str, object]:
    desk = looked.snapshot
    return {
        "schema": SCHEMA,
        "head": desk.head,
        "commit": None if desk.differs else desk.commit,
        "uncommitted": desk.differs,
        "base": looked.base,
        "base_rule": looked.base_rule,
        "files": looked.files,
        "verdict": looked.verdict,
        "reason": outcome.reason,
        "gates": list(looked.gates),
    }


def _text(output: Output, outcome: Outcome) -> str:
    rows = [
        (gate.name, gate.verdict, f"{gate.checked} {gate.unit}" if gate.checked else "-", gate.reason)
        for gate in outcome.gates
    ]
    places: list[str] = []
    for gate in outcome.gates:
        places += [_line(one) for one in gate.findings]
        places += [output.words(msg("note: {note}", note=_line(one))) for one in gate.advice]
    parts = ([columns(output, HEADINGS, rows)], places, [outcome.subject, f"{outcome.verdict}: {outcome.reason}"])
    return "\n\n".join("\n".join(part) for part in parts if part)


def _line(one: Place) -> str:
    place = f"{one.path}:{one.line}" if one.line else one.path
    return f"{place} {one.code} {one.message}".strip()
