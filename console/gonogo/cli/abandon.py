"""``gonogo abandon``: end a run without a decision, on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option, require_name
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path


@click.command("abandon")
@click.argument("run")
@click.option("--reason", required=True, help=str(msg("why it is ended; it is recorded")))
@click.option("--operator", help=str(msg("who ends it (default: the enrolled signer, then git's user.email)")))
@json_option
@repo_option
@pass_output
def command(output: Output, *, run: str, reason: str, operator: str | None, repo: Path | None) -> None:
    """End a run without a decision. Its evidence and its ending stay on the record."""
    from gonogo.cli.runs import document, session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.enrolment import default_operator  # noqa: PLC0415 - the same
    from gonogo_agents.redact_run import refuse_secrets  # noqa: PLC0415 - the same
    from gonogo_graph.index import record_ending  # noqa: PLC0415 - the same
    from gonogo_graph.lock import single_writer  # noqa: PLC0415 - the same
    from gonogo_graph.signing import PATIENCE  # noqa: PLC0415 - the same
    from gonogo_graph.start import require_operator  # noqa: PLC0415 - the same

    if not reason.strip():
        raise BadInput("REASON_EMPTY", msg("A reason is needed."), next_step=msg("--reason TEXT"))
    refuse_secrets(output.world, [reason])
    with session_at(output, repo) as session:
        row = session.find(require_name(run), changed=True)
        context, who = session.context(row), require_operator(operator or default_operator(session))
        with single_writer(session.places.lock(context.run_id), patience=PATIENCE):
            if not session.store.abandon(context.run_id, who, reason.strip(), context.stamp()):
                now = session.find(
                    row.run_id, changed=True
                )  # as it is behind the lock, not as it was before waiting for it
                raise Refused(
                    "RUN_ENDED",
                    msg("The run has ended already: {state}.", state=now.state),
                    where=row.run_id,
                    next_step=msg("gonogo show {run}", run=row.run_id),
                )
            session.store.update_run(context.run_id, state="ABANDONED", updated=context.stamp())
            record_ending(context)
        row = session.find(row.run_id, changed=True)
        output.say(msg("{who} abandoned {run}.", who=who, run=row.run_id))
        output.result(document(output, session, row), "")
