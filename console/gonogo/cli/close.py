"""``gonogo close``: a condition of a GO-WITH-CONDITIONS is met, signed."""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option, require_name
from gonogo.cli.errors import warn
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg


@click.command("close")
@click.argument("run")
@click.option("--condition", "number", type=click.IntRange(1), required=True, help=str(msg("the condition's number")))
@click.option(
    "--evidence", type=click.Path(path_type=Path), required=True, help=str(msg("a file that shows it is met"))
)
@click.option("--key", type=click.Path(), help=str(msg("the key file to sign with (default: the enrolled key)")))
@json_option
@repo_option
@pass_output
def command(output: Output, *, run: str, number: int, evidence: Path, key: str | None, repo: Path | None) -> int:
    """Close a condition with your signature over evidence that it is met. Exit 4 until the last one, then 0."""
    from gonogo.cli.runs import finish, session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.signoff import signing_key  # noqa: PLC0415 - the same
    from gonogo_agents.sshkeys import sign  # noqa: PLC0415 - the same
    from gonogo_evidence.statement import CLOSE_NAMESPACE  # noqa: PLC0415 - the same
    from gonogo_graph.conditions import close_statement, submit_close  # noqa: PLC0415 - the same
    from gonogo_graph.publish import publish  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        row = session.find(require_name(run))
        context = session.context(row)
        chosen, signer = signing_key(output, context.trust(), key, CLOSE_NAMESPACE)
        statement = close_statement(context, number=number, evidence=evidence, principal=signer.principal)
        signed = sign(output.world, statement, key=chosen, namespace=CLOSE_NAMESPACE, interactive=output.interactive)
        done = submit_close(context, statement, signed.signature)
        copied = publish(context)
        if isinstance(copied, GonogoError):
            warn(output, copied)
        output.say(msg("{who} closed condition {number}.", who=done.principal, number=done.number))
        return finish(output, session, session.find(row.run_id))
