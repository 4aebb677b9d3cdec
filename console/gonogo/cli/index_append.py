"""``gonogo index append``: what the operator may write into the index: revocation, key rotation, another log."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_evidence.index import Entry, Kind
    from gonogo_graph.session import Session

OPERATORS = ("revocation", "key-rotation", "foreign-checkpoint")
What: TypeAlias = Literal["pack", "key", "sign-off"]
SCHEMA = "gonogo/index-append/v1"
NEEDS = {
    "revocation": "--pack, --key or --sign-off, and --reason",
    "key-rotation": "--reason",
    "foreign-checkpoint": "--checkpoint and --vkey",
}


@click.command(
    "append",
    short_help=str(msg("record a revocation, a key rotation or another log's checkpoint")),
    help=str(
        msg(
            "Append an entry of the operator's. Runs write theirs by themselves. revocation: a pack, key or sign-off is"
            " no longer to be relied on (--pack, --key or --sign-off DIGEST, --reason). key-rotation: the index gets a"
            " new key, made here (--reason). foreign-checkpoint: tie in another machine's log by its signed checkpoint"
            " (--checkpoint FILE --vkey FILE). Nothing can be taken out again."
        )
    ),
)
@click.argument("kind", type=click.Choice(OPERATORS))
@click.option("--pack", metavar="DIGEST", help=str(msg("digest of the pack that is revoked")))
@click.option(
    "--key", metavar="ID", help=str(msg("id of the key that is revoked: 64 hex digits, or SHA256:... of a signer"))
)
@click.option("--sign-off", metavar="DIGEST", help=str(msg("digest of the sign-off statement that is revoked")))
@click.option("--reason", help=str(msg("why; it is recorded")))
@click.option("--compromised-at", metavar="TIME", help=str(msg("since when, YYYY-MM-DDTHH:MM:SSZ")))
@click.option("--checkpoint", type=click.Path(path_type=Path), help=str(msg("the other log's checkpoint")))
@click.option("--vkey", type=click.Path(path_type=Path), help=str(msg("the other log's verifier key")))
@json_option
@repo_option
@pass_output
def append(  # noqa: PLR0913 - one argument an option of the command line
    output: Output,
    *,
    kind: Kind,
    pack: str | None,
    key: str | None,
    sign_off: str | None,
    reason: str | None,
    compromised_at: str | None,
    checkpoint: Path | None,
    vkey: Path | None,
    repo: Path | None,
) -> None:
    """Append one entry; the same entry again gives the number that it has."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo_agents.redact_run import refuse_secrets  # noqa: PLC0415 - the same
    from gonogo_graph.index_key import rotate  # noqa: PLC0415 - the same

    refuse_secrets(output.world, [reason or ""])
    targets: dict[What, str | None] = {"pack": pack, "key": key, "sign-off": sign_off}
    with session_at(output, repo) as session:
        time = session.world.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        if kind == "key-rotation":
            fresh = rotate(session.places, reason=_needed(kind, reason), time=time)
            output.say(msg("The index signs with a new key now. Give its line to those who verify."))
            output.result({"schema": SCHEMA, "kind": kind, "number": None, "vkey": fresh.line}, fresh.line)
            return
        if kind == "revocation":
            entry = _revocation(targets, _needed(kind, reason), compromised_at, time)
        else:
            entry = _foreign(session, _path(kind, checkpoint), _path(kind, vkey), time)
        from gonogo_graph.index import append as write  # noqa: PLC0415 - only when it is used

        (number,) = write(session.places, [entry])
    output.say(msg("Entry {number} of the index.", number=number))
    output.result({"schema": SCHEMA, "kind": kind, "number": number, "digest": entry.digest}, str(number))


def _revocation(targets: dict[What, str | None], reason: str, since: str | None, time: str) -> Entry:
    from gonogo_evidence.ids import Digest  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index import Entry  # noqa: PLC0415 - the same
    from gonogo_evidence.index.fields import clean  # noqa: PLC0415 - the same

    named = [(what, digest) for what, digest in targets.items() if digest]
    if len(named) != 1:
        raise _missing("revocation")
    ((what, digest),) = named
    if what == "key" and digest.startswith("SHA256:"):
        digest = _fingerprint(digest)
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise BadInput("DIGEST_FORM", msg("A digest has 64 lower-case hex digits."), where=ascii(digest))
    details = {"what": what, "reason": clean(reason), "compromised_at": since}
    return Entry("revocation", None, time, what, Digest(digest), details)


def _fingerprint(named: str) -> str:
    """The digest of a fingerprint as ``ssh-keygen -l`` prints it, in hex; anything else comes back as it is."""
    try:
        return base64.b64decode(named.removeprefix("SHA256:") + "=", validate=True).hex()
    except ValueError:
        return named


def _foreign(session: Session, checkpoint: Path, vkey: Path, time: str) -> Entry:
    from gonogo_evidence.canonical import digest_of  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.files import read_brought  # noqa: PLC0415 - the same
    from gonogo_evidence.index import Entry  # noqa: PLC0415 - the same
    from gonogo_evidence.index.checkpoint import require  # noqa: PLC0415 - the same
    from gonogo_evidence.index.foreign import refuse_older  # noqa: PLC0415 - the same
    from gonogo_graph.index import open_index  # noqa: PLC0415 - the same
    from gonogo_graph.index_key import keys_from  # noqa: PLC0415 - the same

    keys = keys_from(vkey)
    data = read_brought(checkpoint, limit=32 * 1024)
    named = require(data, keys)
    try:
        with open_index(session.places) as log:
            refuse_older(log, named)
    except BadInput as error:
        if error.code != "INDEX_NOT_FOUND":
            raise
    used = next(key for key in keys if key.name == named.origin)
    return Entry(
        "foreign-checkpoint",
        None,
        time,
        named.origin,
        digest_of(data),
        {"checkpoint": data.decode(), "vkey": used.line},
    )


def _needed(kind: str, value: str | None) -> str:
    if not value or not value.strip():
        raise _missing(kind)
    return value


def _path(kind: str, value: Path | None) -> Path:
    if value is None:
        raise _missing(kind)
    return value


def _missing(kind: str) -> BadInput:
    return BadInput(
        "INDEX_APPEND_NEEDS",
        msg("An entry {kind} needs: {needs}.", kind=kind, needs=NEEDS[kind]),
        next_step=msg("gonogo index append --help"),
    )
