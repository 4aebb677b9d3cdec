"""``gonogo handoff``: carry a waiting run to another machine as one file, and take it up there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option, require_name
from gonogo.cli.errors import warn
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SCHEMA = "gonogo/handoff/v1"
FILE = click.Path(path_type=Path)


def say_where(output: Output, run: str, file: str, digest: str) -> str:
    """Tell where a run goes on that was handed over, and return the command for there."""
    command = output.words(msg("gonogo handoff import {file} --digest sha256:{digest}", file=file, digest=digest))
    output.say(msg("{run} is handed over; it ends here. Where it goes on: {command}", run=run, command=command))
    return command


@click.group("handoff", help=str(msg("Carry a waiting run to another machine as one file, and take it up there.")))
def command() -> None:
    """Hold the two commands."""


@command.command(
    "export",
    short_help=str(msg("hand a waiting run over as one file; it ends here")),
    help=str(
        msg(
            "Write a run that waits into one file. The run ends here, on the record: it can be decided where the file"
            " is imported, and nowhere else. Asked again, it writes the same file again."
        )
    ),
)
@click.argument("run")
@click.argument("file", type=FILE)
@click.option("--operator", help=str(msg("who hands it over (default: the enrolled signer, then git's user.email)")))
@click.option(
    "--for",
    "addressee",
    type=FILE,
    metavar="VKEY-FILE",
    help=str(msg("index.vkey of the one installation that may take it up (default: any)")),
)
@json_option
@repo_option
@pass_output
def hand_over(
    output: Output, *, run: str, file: Path, operator: str | None, addressee: Path | None, repo: Path | None
) -> None:
    """Hand a run over."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.enrolment import default_operator  # noqa: PLC0415 - the same
    from gonogo_graph.handoff.export import export  # noqa: PLC0415 - the same
    from gonogo_graph.index_key import keys_from  # noqa: PLC0415 - the same
    from gonogo_graph.start import require_operator  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        context = session.context(session.find(require_name(run)))
        who = require_operator(operator or default_operator(session))
        named = keys_from(addressee)[0].name if addressee else None
        digest = export(context, file, who=who, addressee=named)
    command = say_where(output, context.run_id, file.name, digest)
    document = {"schema": SCHEMA, "run_id": context.run_id, "file": str(file), "digest": digest, "for": named}
    output.result({**document, "next": command}, f"sha256:{digest}")


@command.command(
    "import",
    short_help=str(msg("take a run up that another machine handed over")),
    help=str(
        msg(
            "Check the file of a hand-over and go on with its run here, to the hold point, under this machine's policy."
            " Name a ground to believe what was measured elsewhere: --digest, --engine-key or --reproduce. Exit 4: it"
            " waits for the operator."
        )
    ),
)
@click.argument("file", type=FILE)
@click.option("--digest", metavar="sha256:HEX", help=str(msg("the file's digest, as its export printed it")))
@click.option("--engine-key", type=FILE, metavar="FILE", help=str(msg("the public key of an engine that you trust")))
@click.option("--reproduce", "again", is_flag=True, help=str(msg("run it again here and compare the core")))
@json_option
@repo_option
@pass_output
def take_over(
    output: Output, *, file: Path, digest: str | None, engine_key: Path | None, again: bool, repo: Path | None
) -> int:
    """Take a run up."""
    from gonogo.cli.progress import StepList  # noqa: PLC0415 - only when it is used
    from gonogo.cli.runs import card_of, finish, pack_path, session_at  # noqa: PLC0415 - the graph's floor, the same
    from gonogo_graph.drive import carry_on  # noqa: PLC0415 - the same
    from gonogo_graph.handoff.ground import Ground  # noqa: PLC0415 - the same
    from gonogo_graph.handoff.take import take_up  # noqa: PLC0415 - the same

    with session_at(output, repo) as session, StepList(output) as steps:
        context = take_up(session, file, Ground(digest, _keys(engine_key), again), steps)
        row = carry_on(context, tell=partial(warn, output), progress=steps, verbose=output.verbose).row
        return finish(output, session, row, card_of(output, pack_path(session, row)))


def _keys(path: Path | None) -> list[Ed25519PublicKey]:
    from gonogo_evidence import dsse  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.files import read_brought  # noqa: PLC0415 - the same
    from gonogo_graph.engine import KEY_LIMIT  # noqa: PLC0415 - the same

    return [] if path is None else [dsse.load_public(read_brought(path, limit=KEY_LIMIT))]
