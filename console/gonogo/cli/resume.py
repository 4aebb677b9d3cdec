"""``gonogo resume``: go on where a run stopped; commit a signed decision once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option, require_name
from gonogo.cli.errors import warn
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg


@click.command("resume")
@click.argument("run")
@click.option(
    "--signoff",
    "signoffs",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=str(msg("a sign-off that was made elsewhere, or a folder of some; repeat it for more")),
)
@click.option(
    "--migrate",
    is_flag=True,
    help=str(msg("leave stored state that was refused, and begin again from the results that verify")),
)
@json_option
@repo_option
@pass_output
def command(output: Output, *, run: str, signoffs: tuple[Path, ...], migrate: bool, repo: Path | None) -> int:
    """Go on with a run: finish its duties, take sign-offs that were made elsewhere, commit the decision once.

    Sign-offs beside the published pack (data/evidence_packs/PACK/review/) are taken without being named.
    """
    from gonogo.cli.progress import StepList  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.cli.runs import finish, session_at  # noqa: PLC0415 - the same
    from gonogo.signoff import say_decided  # noqa: PLC0415 - the same
    from gonogo_graph.drive import carry_on  # noqa: PLC0415 - the same
    from gonogo_graph.elsewhere import take  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        row = session.find(require_name(run))
        if row.state == "ABANDONED":
            who, why, when = session.store.abandoned(session.context(row).run_id) or ("?", "?", "?")
            raise Refused(
                "RUN_ABANDONED",
                msg("{who} abandoned the run on {when}: {why}", who=who, when=when, why=why),
                where=row.run_id,
            )
        for one in take(session.context(row), signoffs) if signoffs else ():
            output.say(msg("taken: {decision} of {who}", decision=one.statement.decision, who=one.signer.principal))
        with StepList(output) as steps:
            done = carry_on(
                session.context(row),
                tell=partial(warn, output),
                progress=steps,
                verbose=output.verbose,
                migrate=migrate,
            )
        row = done.row
        say_decided(output, session.context(row), mine=done.committed)
        return finish(output, session, row)
