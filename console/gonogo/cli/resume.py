"""``gonogo resume``: go on where a run stopped; commit a signed decision once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option, require_name
from gonogo.cli.errors import warn
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path


@click.command("resume")
@click.argument("run")
@click.option(
    "--migrate",
    is_flag=True,
    help=str(msg("leave stored state that was refused, and begin again from the results that verify")),
)
@json_option
@repo_option
@pass_output
def command(output: Output, *, run: str, migrate: bool, repo: Path | None) -> int:
    """Go on with a run: finish its duties, check the signed decision, commit it once."""
    from gonogo.cli.progress import StepList  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.cli.runs import finish, session_at  # noqa: PLC0415 - the same
    from gonogo.signoff import say_decided  # noqa: PLC0415 - the same
    from gonogo_graph.drive import carry_on  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        row = session.find(require_name(run))
        if row.state == "ABANDONED":
            who, why, when = session.store.abandoned(session.context(row).run_id) or ("?", "?", "?")
            raise Refused(
                "RUN_ABANDONED",
                msg("{who} abandoned the run on {when}: {why}", who=who, when=when, why=why),
                where=row.run_id,
            )
        with StepList(output) as steps:
            row = carry_on(
                session.context(row),
                tell=partial(warn, output),
                progress=steps,
                verbose=output.verbose,
                migrate=migrate,
            )
        say_decided(output, session.context(row))
        return finish(output, session, row)
