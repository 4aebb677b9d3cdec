"""``gonogo witness``: countersign the evidence index of somebody else, so that nobody can be shown another one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.index import VerifierKey

SCHEMA = "gonogo/witness/v1"
FILE = click.Path(path_type=Path)
MOST = 1024 * 1024


@click.group("witness", help=str(msg("Countersign somebody else's evidence index (C2SP tlog-witness, with files).")))
def command() -> None:
    """Hold the three commands."""


@command.command(
    "init",
    short_help=str(msg("make a witness: a folder with a key of its own")),
    help=str(
        msg(
            "Make a witness in a new folder: a key, the logs that it looks at, and what it has seen of each. Give its"
            " line to those who verify. Keep the folder for as long as the key counts: without what it has seen a"
            " witness proves nothing, and a copy of the folder is a second witness under one name."
        )
    ),
)
@click.argument("folder", type=FILE)
@click.option("--name", required=True, help=str(msg("a name that nobody else has, like witness.example.org/w1")))
@click.option(
    "--log",
    "logs",
    type=FILE,
    multiple=True,
    metavar="VKEY-FILE",
    help=str(msg("index.vkey of a log to look at")),
)
@json_option
@pass_output
def init(output: Output, *, folder: Path, name: str, logs: Sequence[Path]) -> None:
    """Make one."""
    from gonogo_evidence.index import witness_folder  # noqa: PLC0415 - cryptography, only when it is used

    key = witness_folder.make(folder, name, _keys(logs))
    output.say(
        msg("The witness {name} is made in {path}. Give this line to those who verify.", name=name, path=str(folder))
    )
    output.result({"schema": SCHEMA, "name": name, "vkey": key.line, "folder": str(folder)}, key.line)


@command.command(
    "trust",
    short_help=str(msg("let the witness look at another log, or know a log's new key")),
    help=str(
        msg(
            "Let the witness look at further logs. Get index.vkey from who runs the log, on a way that you trust, and"
            " again after each rotation of its key."
        )
    ),
)
@click.argument("folder", type=FILE)
@click.option(
    "--log",
    "logs",
    type=FILE,
    multiple=True,
    required=True,
    metavar="VKEY-FILE",
    help=str(msg("index.vkey of a log to look at")),
)
@json_option
@pass_output
def trust(output: Output, *, folder: Path, logs: Sequence[Path]) -> None:
    """Add keys of logs."""
    from gonogo_evidence.index import witness_folder  # noqa: PLC0415 - only when it is used

    known = witness_folder.trust(folder, _keys(logs))
    document = {"schema": SCHEMA, "folder": str(folder), "logs": [key.line for key in known]}
    output.result(document, "\n".join(key.line for key in known))


@command.command(
    "sign",
    short_help=str(msg("countersign a checkpoint that continues what was seen")),
    help=str(
        msg(
            "Countersign the checkpoint of a request (gonogo index request), if the log signed it and it continues what"
            " this witness has seen of the log. The answer goes to standard output or to --out. What would be a second"
            " history is never signed; the request is kept in the folder refused/."
        )
    ),
)
@click.argument("folder", type=FILE)
@click.argument("request", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--out", type=FILE, metavar="FILE", help=str(msg("where to write the answer")))
@json_option
@pass_output
def sign(output: Output, *, folder: Path, request: Path, out: Path | None) -> None:
    """Sign one checkpoint."""
    from gonogo_evidence.files import read_brought, write_atomic  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index import witness_folder  # noqa: PLC0415 - the same

    data = sys.stdin.buffer.read(MOST + 1) if str(request) == "-" else read_brought(request, limit=MOST)
    given = witness_folder.grant(folder, data, time=int(output.world.now().timestamp()))
    now = given.checkpoint
    if out is not None:
        write_atomic(out, given.line.encode())
    words = msg(
        "Signed: {origin} has {size} entries; {before} had been seen before.",
        origin=now.origin,
        size=now.size,
        before=given.before,
    )
    output.say(words)
    document = {
        "schema": SCHEMA,
        "origin": now.origin,
        "size": now.size,
        "before": given.before,
        "root": now.root.hex(),
        "answer": given.line,
        "out": str(out) if out else None,
    }
    output.result(document, given.line.rstrip("\n") if out is None else str(out))


def _keys(paths: Sequence[Path]) -> list[VerifierKey]:
    from gonogo_graph.index_key import keys_from  # noqa: PLC0415 - only when it is used

    return [key for path in paths for key in keys_from(path)]
