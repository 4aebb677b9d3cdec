"""``gonogo run``: start a run and carry it to the hold point."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.errors import warn
from gonogo_evidence.ids import RunId
from gonogo_evidence.text import msg

ROLES = ("ORCHESTRATOR", "FACTS_COLLECTOR", "SCOPE_KEEPER", "CI_GUARDIAN", "EVIDENCE_SCRIBE", "RISK_OFFICER")
"""As ``gonogo_agents.duty`` has them, without loading it."""

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.confine import Level
    from gonogo_agents.workers import Crew
    from gonogo_evidence.ids import JSON
    from gonogo_graph.session import Session
    from gonogo_graph.start import Options
    from gonogo_graph.store import RunRow


@click.command("run")
@click.option("--layer", required=True, metavar="L0..L6", help=str(msg("the layer to run")))
@click.option("--reason", required=True, help=str(msg("why this run is made")))
@click.option("--operator", help=str(msg("who runs it (default: the enrolled signer, then git's user.email)")))
@click.option("--scope", help=str(msg("what it is about, in words (default: the layer's name)")))
@click.option("--model", help=str(msg("a model of the registry instead of the layer's primary")))
@click.option("--profile", help=str(msg("a model profile of the registry")))
@click.option("--autonomy", help=str(msg("RO, REC or PROP, as far as the layer allows")))
@click.option("--mode", type=click.Choice(["smoke", "replay", "live"]), default="smoke", show_default=True)
@click.option(
    "--transcript",
    metavar="PLACE",
    help=str(msg("what a replay answers from: a run, a pack, a folder or a file (default: the newest live run)")),
)
@click.option("--driver", type=click.Choice(["auto", "model", "chat"]), default="auto", show_default=True)
@click.option(
    "--model-role",
    "model_roles",
    multiple=True,
    type=click.Choice(ROLES),
    metavar="ROLE",
    help=str(msg("with --driver model: a role that a model plays (again for more; default: all)")),
)
@click.option("--seed", type=int, help=str(msg("the seed, recorded")))
@click.option("--dataset-snapshot", metavar="ID", help=str(msg("the data set's snapshot id, recorded")))
@click.option("--git-ref", default="HEAD", show_default=True, help=str(msg("the commit to run on")))
@click.option("--base", help=str(msg("what the change is measured against")))
@click.option(
    "--remote-checks",
    type=click.Path(path_type=str),
    metavar="FILE",
    help=str(msg("a snapshot of the forge's checks (gh pr view --json headRefOid,statusCheckRollup; - is stdin)")),
)
@click.option(
    "--require-isolation",
    type=click.Choice(["sealed", "process", "none"]),
    default="none",
    show_default=True,
    help=str(msg("start no run where the roles' isolation is below this")),
)
@click.option("--headless", is_flag=True, help=str(msg("ask nothing, even in a terminal")))
@json_option
@repo_option
@pass_output
def command(
    output: Output,
    /,
    *,
    repo: Path | None,
    headless: bool,
    operator: str | None,
    require_isolation: Level,
    remote_checks: str | None,
    **asked: Any,  # noqa: ANN401 - the options' names and types are click's
) -> int:
    """Start a run: six roles, steps A to G, up to the hold point. Exit 4: it waits for the operator."""
    from gonogo.cli.runs import card_of, finish, pack_path, session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo_agents.workers import open_crew, require  # noqa: PLC0415 - only when it is used

    with session_at(output, repo) as session, open_crew(output.world) as crew:
        crew.warm()  # it gets ready while the graph is imported here
        asked["remote"] = _snapshot(remote_checks) if remote_checks else None
        options = _options(output, session, operator, headless=headless, asked=asked)
        if require_isolation != "none":
            require(crew, require_isolation)
        row = _carry(output, session, options, crew)
        if options.driver == "chat":
            from gonogo.mcp.places import mark_active  # noqa: PLC0415 - only for a run that chats drive

            mark_active(session.context(row))
        return finish(output, session, row, card_of(output, pack_path(session, row)))


def _snapshot(named: str) -> Mapping[str, JSON]:
    from gonogo_evidence.files import read_brought  # noqa: PLC0415 - only when it is used
    from gonogo_policies.remote import read_snapshot  # noqa: PLC0415 - the same
    from gonogo_policies.remote.snapshot import LIMIT  # noqa: PLC0415 - the same

    data = sys.stdin.buffer.read(LIMIT + 1) if named == "-" else read_brought(Path(named), limit=LIMIT)
    return read_snapshot(data, where=named).json()


def _options(
    output: Output, session: Session, operator: str | None, *, headless: bool, asked: dict[str, Any]
) -> Options:
    from gonogo.enrolment import default_operator, enrolled, offer_enrolment  # noqa: PLC0415 - see command
    from gonogo_graph.start import Options, check_options, require_operator  # noqa: PLC0415 - see command
    from gonogo_policies.packaged import packaged_config  # noqa: PLC0415 - see command

    if enrolled(session) is None:
        check_options(  # nobody is asked for name and key, or told to give them, and then told: there is no such layer
            Options(**{name: value for name, value in asked.items() if name != "transcript"}, operator=operator or ""),
            world=session.world,
            places=session.places,
            repository=session.repository,
            defaults=packaged_config(),
        )
        if output.interactive and not headless and not output.json:
            offer_enrolment(output, session)
    asked["operator"] = require_operator(operator or default_operator(session))
    asked["transcript"] = _place(session, asked["transcript"])
    return Options(**asked)


def _place(session: Session, name: str | None) -> Path | None:
    """A place as it is named; a run by its id. Nothing where none is named."""
    if name is None:
        return None
    place = Path(name)
    return place if place.exists() or "/" in name else session.places.run(RunId(session.find(name).run_id)).root


def _carry(output: Output, session: Session, options: Options, crew: Crew) -> RunRow:
    from gonogo.cli.progress import StepList  # noqa: PLC0415 - see command
    from gonogo_graph.drive import carry_on  # noqa: PLC0415 - see command
    from gonogo_graph.start import start_run  # noqa: PLC0415 - see command
    from gonogo_policies.packaged import packaged_config  # noqa: PLC0415 - see command

    context = start_run(
        options,
        world=session.world,
        places=session.places,
        repository=session.repository,
        store=session.store,
        defaults=packaged_config(),
    )
    commit = str(context.inputs["git_ref"])[:12]
    if options.mode == "smoke":
        output.say(msg("run {run} on {commit}", run=context.run_id, commit=commit))
    else:
        output.say(msg("run {run} on {commit} ({mode})", run=context.run_id, commit=commit, mode=options.mode))
    with StepList(output) as steps:
        return carry_on(context, tell=partial(warn, output), progress=steps, verbose=output.verbose, crew=crew).row
