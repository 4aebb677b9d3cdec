"""``gonogo sign``: show the card, sign exactly that evidence with the operator's own key, and have it committed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option, require_name
from gonogo.cli.errors import warn
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo.signoff import Answer
    from gonogo_evidence.statement import Decision
    from gonogo_graph.context import RunContext
    from gonogo_graph.store import RunRow

WAITS = 4
DECISIONS = ("GO", "NO-GO", "GO-WITH-CONDITIONS")


@click.command("sign")
@click.argument("run")
@click.option("--decision", type=click.Choice(DECISIONS), required=True, help=str(msg("what you decide; no default")))
@click.option("--reason", required=True, help=str(msg("why, in your words; it is signed")))
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    metavar='"TEXT; owner=P; due=YYYY-MM-DD"',
    help=str(msg("a condition of a GO-WITH-CONDITIONS; repeat it for more")),
)
@click.option("--key", type=click.Path(), help=str(msg("the key file to sign with (default: the enrolled key)")))
@click.option("--edit", is_flag=True, help=str(msg("edit the review notes first, in $EDITOR")))
@click.option("--no-resume", is_flag=True, help=str(msg("record the signature; commit later with gonogo resume")))
@json_option
@repo_option
@pass_output
def command(  # noqa: PLR0913 - one option, one argument
    output: Output,
    *,
    run: str,
    decision: str,
    reason: str,
    conditions: tuple[str, ...],
    key: str | None,
    edit: bool,
    no_resume: bool,
    repo: Path | None,
) -> int:
    """Sign a decision on the run's evidence with your own SSH key. Nothing is preselected.

    RUN may be the folder of a copied pack: the sign-off is put into it, to be brought to where the run lives.
    """
    from gonogo.cli.runs import finish, session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.signoff import Answer, parse_conditions, sign_decision  # noqa: PLC0415 - the same
    from gonogo.trusting import is_copy  # noqa: PLC0415 - the same

    answer = Answer(cast("Decision", decision), reason, parse_conditions(conditions), key)
    if is_copy(run):
        return _sign_copy(output, run, answer, repo, edit=edit)
    with session_at(output, repo) as session:
        row = session.find(require_name(run))
        context = session.context(row)
        if row.state == "COMMITTED" and row.decision == decision:
            return finish(output, session, _commit(output, context))  # asked again, it answers with the first
        if edit:
            from gonogo.notes import edit_in_editor  # noqa: PLC0415 - only on request

            edit_in_editor(output, context)
        sign_decision(output, context, answer)
        row = session.find(row.run_id) if no_resume else _commit(output, context)
        return finish(output, session, row)


def _sign_copy(output: Output, named: str, answer: Answer, repo: Path | None, *, edit: bool) -> int:
    """Sign a copied pack; exit 4, because nothing is committed by it."""
    from gonogo.signoff import sign_copy  # noqa: PLC0415 - see command
    from gonogo.trusting import Roots, find_pack  # noqa: PLC0415 - see command

    if edit:
        step = msg("Leave out --edit, or sign where the run lives.")
        raise BadInput("EDIT_ELSEWHERE", msg("The notes belong to the run: a copy is signed as it is."), next_step=step)
    folder = find_pack(output, named, repo)
    path = sign_copy(output, folder, Roots(output, repo, None, None).trust(folder), answer)
    step = msg("gonogo resume RUN --signoff {path}", path=str(path))
    output.say(
        msg(
            "Bring this file and {signature} to where the run lives, then there: {command}",
            signature=f"{path.name}.sig",
            command=output.words(step),
        )
    )
    document = {"schema": "gonogo/signed/v1", "pack": str(folder), "decision": answer.decision, "signoff": str(path)}
    output.result({**document, "next": output.words(step)}, str(path))
    return WAITS


def _commit(output: Output, context: RunContext) -> RunRow:
    from gonogo.signoff import say_decided  # noqa: PLC0415 - see command
    from gonogo_graph.drive import carry_on  # noqa: PLC0415 - see command

    done = carry_on(context, tell=partial(warn, output), verbose=output.verbose)
    say_decided(output, context, mine=done.committed)
    return done.row
