"""``gonogo show``: the operator's card of a run or pack."""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option, require_name
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg


@click.command("show")
@click.argument("run_or_pack")
@json_option
@repo_option
@pass_output
def command(output: Output, *, run_or_pack: str, repo: Path | None) -> None:
    """Show the card: verdict, recommendation, blockers first. It shows what lies there; gonogo verify checks it."""
    from gonogo.cli.runs import card_of, finish, pack_path, session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.trusting import is_copy  # noqa: PLC0415 - only when it is used

    require_name(run_or_pack)
    if is_copy(run_or_pack):
        _show_pack(output, Path(run_or_pack))
        return
    with session_at(output, repo) as session:
        row = session.find(run_or_pack)
        pack = pack_path(session, row)
        card = card_of(output, pack)
        if not card:
            output.say(msg("The run has not reached the hold point; there is no card yet."))
        finish(output, session, row, card)


def _show_pack(output: Output, folder: Path) -> None:
    from gonogo.cli.runs import card_of  # noqa: PLC0415 - see command

    card = card_of(output, folder)
    if not card:
        raise BadInput(
            "PACK_NOT_FOUND",
            msg("There is no pack with a review here."),
            where=str(folder),
            next_step=msg("gonogo inbox --all"),
        )
    output.result({"schema": "gonogo/card/v1", "pack": str(folder), "card": card}, card)
