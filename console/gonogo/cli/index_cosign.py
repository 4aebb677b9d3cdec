"""``gonogo index request`` and ``cosign``: ask a witness to countersign the index, and keep what it answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.index_open import index_option, opened, vkey_option
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_evidence.index import Log
    from gonogo_evidence.index.cosignature import WitnessKey

SCHEMA = "gonogo/index-cosign/v1"
FILE = click.Path(path_type=Path)
LIMIT = 1024 * 1024


@click.command(
    "request",
    short_help=str(msg("ask a witness to countersign the index")),
    help=str(
        msg(
            "Write what a witness is asked: the signed checkpoint, and the proof that the index only grew since the"
            " witness saw it. It is the body of a C2SP tlog-witness call (add-checkpoint): a file for gonogo witness"
            " sign, or for any witness that speaks the protocol."
        )
    ),
)
@click.option(
    "--since",
    type=click.IntRange(0),
    metavar="SIZE",
    help=str(msg("entries that the witness has seen (default: those of the newest cosigned checkpoint)")),
)
@click.option("--out", type=FILE, metavar="FILE", help=str(msg("where to write it (default: standard output)")))
@index_option
@json_option
@repo_option
@pass_output
def request(output: Output, *, since: int | None, out: Path | None, index: Path | None, repo: Path | None) -> None:
    """Write a request."""
    from gonogo_evidence.files import write_atomic  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index.witness_request import ask  # noqa: PLC0415 - the same

    with opened(output, index, repo) as at, at.log() as log:
        made = ask(log, _seen(log) if since is None else since)
        now = log.checkpoint
    data = made.to_bytes()
    if out is not None:
        write_atomic(out, data)
        output.say(
            msg("The request is in {path}. Then: gonogo index cosign {path} ANSWER --witness VKEY-FILE", path=str(out))
        )
    document = {
        "schema": SCHEMA,
        "origin": now.origin,
        "size": now.size,
        "since": made.old,
        "request": data.decode(),
        "out": str(out) if out else None,
    }
    output.result(document, data.decode().rstrip("\n") if out is None else str(out))


@click.command(
    "cosign",
    short_help=str(msg("keep a witness's countersignature")),
    help=str(
        msg(
            "Keep what a witness answered to a request beside the index. Bring the witness's own line (--witness): what"
            " others signed is left out. gonogo index check --witness-policy then judges it, and gonogo index prove"
            " --cosigned proves entries against it."
        )
    ),
)
@click.argument("request_file", metavar="REQUEST", type=FILE)
@click.argument("answer", type=FILE)
@click.option(
    "--witness",
    "witnesses",
    type=FILE,
    multiple=True,
    required=True,
    metavar="VKEY-FILE",
    help=str(msg("witness.vkey of the witness")),
)
@index_option
@vkey_option
@json_option
@repo_option
@pass_output
def cosign(
    output: Output,
    *,
    request_file: Path,
    answer: Path,
    witnesses: tuple[Path, ...],
    index: Path | None,
    vkey: Path | None,
    repo: Path | None,
) -> None:
    """Keep an answer."""
    from gonogo_evidence.files import read_brought  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index.cosigned import take  # noqa: PLC0415 - the same
    from gonogo_evidence.index.witness_request import parse_request  # noqa: PLC0415 - the same
    from gonogo_evidence.verify.witnessed import said  # noqa: PLC0415 - the same

    asked, lines = read_brought(request_file, limit=LIMIT), read_brought(answer, limit=LIMIT)
    keys = [key for path in witnesses for key in _witness_keys(path)]
    with opened(output, index, repo, vkey=vkey) as at, at.log() as log:
        found = take(log, asked, lines, keys, at.index_keys())
    now = parse_request(asked).checkpoint
    words = msg("The index is cosigned at {size} entries by {witnesses}.", size=now.size, witnesses=said(found))
    document = {
        "schema": SCHEMA,
        "origin": now.origin,
        "size": now.size,
        "cosigned": [{"name": one.key.name, "vkey": one.key.line, "time": one.time} for one in found],
    }
    output.result(document, output.words(words))


def _seen(log: Log) -> int:
    from gonogo_evidence.index import checkpoint  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index.cosigned import read_cosigned  # noqa: PLC0415 - the same

    data = read_cosigned(log.where)
    return checkpoint.parse(data).size if data is not None else 0


def _witness_keys(path: Path) -> list[WitnessKey]:
    from gonogo_evidence.errors import BadInput  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.files import read_brought  # noqa: PLC0415 - the same
    from gonogo_evidence.index import note  # noqa: PLC0415 - the same
    from gonogo_evidence.index.cosignature import parse_witness_key  # noqa: PLC0415 - the same

    lines = note.vkey_lines(read_brought(path, limit=LIMIT))
    if not lines:
        raise BadInput("VKEY_NONE", msg("The file names no verifier key."), where=str(path))
    return [parse_witness_key(line) for line in lines]
