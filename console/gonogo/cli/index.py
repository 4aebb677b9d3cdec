"""``gonogo index``: the evidence index, an append-only log of what every run of this repository wrote down."""

from __future__ import annotations

import base64
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.index_append import append
from gonogo.cli.index_check import check, compare
from gonogo.cli.index_cosign import cosign, request
from gonogo.cli.index_open import index_option, opened
from gonogo.cli.index_page import page
from gonogo.cli.streams import visible
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo.cli.index_open import Opened
    from gonogo_evidence.index import Log, Signed, VerifierKey

KINDS = ("intent", "pack", "abandoned", "failed", "decision", "revocation", "key-rotation", "foreign-checkpoint")
LIST_SCHEMA = "gonogo/index-list/v1"
PROOF_SCHEMA = "gonogo/index-proof/v1"
CONSISTENCY_SCHEMA = "gonogo/index-consistency/v1"


@click.group("index", help=str(msg("The evidence index: an append-only log of what every run wrote down.")))
def command() -> None:
    """Hold the commands about the index."""


command.add_command(append)
command.add_command(check)
command.add_command(compare)
command.add_command(page)
command.add_command(request)
command.add_command(cosign)


@command.command(
    "list",
    short_help=str(msg("the entries, the newest last")),
    help=str(msg("List the entries of the index, the newest last. Nothing is checked here: gonogo index check")),
)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True)
@click.option("--kind", type=click.Choice(KINDS), help=str(msg("only entries of this kind")))
@click.option("--run", help=str(msg("only entries of the run with this id, or of those that begin so")))
@index_option
@json_option
@repo_option
@pass_output
def list_entries(
    output: Output, *, limit: int, kind: str | None, run: str | None, index: Path | None, repo: Path | None
) -> None:
    """List entries."""
    with opened(output, index, repo) as at, at.log() as log:
        if kind is None and run is None:
            start = max(0, log.size - limit)
            chosen = list(enumerate(log.entries(start), start=start))
        else:
            wanted = (
                (number, one)
                for number, one in enumerate(log.entries())
                if (kind is None or one.entry.kind == kind)
                and (run is None or (one.entry.run_id or "").startswith(run))
            )
            chosen = list(wanted)[-limit:]
        document = {**_head(log, LIST_SCHEMA), "entries": [_entry(number, one) for number, one in chosen]}
    if not chosen and not output.json:
        output.say(msg("The index has no such entry."))
    output.result(document, "\n".join(_line(entry) for entry in document["entries"]))


@command.command(
    "prove",
    short_help=str(msg("the proof that an entry is in the index")),
    help=str(
        msg(
            "Print the proof that an entry is in the index (C2SP tlog-proof): of the entry with this number, or of the"
            " pack of a run, by the id of either. With --since SIZE: the proof that the index only grew since it had"
            " that many entries."
        )
    ),
)
@click.argument("entry", required=False)
@click.option("--since", type=click.IntRange(0), metavar="SIZE", help=str(msg("a proof of consistency instead")))
@click.option("--bundle", is_flag=True, help=str(msg("as a Sigstore bundle (JSON), for tools that read those")))
@click.option("--cosigned", is_flag=True, help=str(msg("against the newest checkpoint that witnesses countersigned")))
@click.option("--renew", is_flag=True, help=str(msg("put that proof into the pack as well")))
@index_option
@json_option
@repo_option
@pass_output
def prove(
    output: Output,
    *,
    entry: str | None,
    since: int | None,
    bundle: bool,
    cosigned: bool,
    renew: bool,
    index: Path | None,
    repo: Path | None,
) -> None:
    """Print a proof."""
    if (entry is None) == (since is None):
        raise click.UsageError(output.words(msg("Name an entry or a run, or give --since SIZE.")))
    if (cosigned and (since is not None or bundle)) or (renew and not cosigned):
        words = msg("--cosigned goes with an entry alone, and --renew with --cosigned.")
        raise click.UsageError(output.words(words))
    with opened(output, index, repo) as at, at.log() as log:
        if since is not None:
            document, human = _consistency(log, since)
        else:
            number = at.number_of(log, entry or "")
            document, human = _inclusion(log, number, at.index_keys() if bundle else None, _cosigned(log, cosigned))
            if renew:
                _renew(output, at, log.entry(number), human.encode())
    output.result(document, human.rstrip("\n"))


def _cosigned(log: Log, wanted: bool) -> bytes | None:
    """The newest cosigned checkpoint, where it is wanted. Raises ``INDEX_NOT_WITNESSED``."""
    from gonogo_evidence.errors import Inconclusive  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index.cosigned import read_cosigned  # noqa: PLC0415 - the same

    data = read_cosigned(log.where) if wanted else None
    if wanted and data is None:
        words, step = msg("No witness was asked yet."), msg("gonogo index request")
        raise Inconclusive("INDEX_NOT_WITNESSED", words, where=str(log.where), next_step=step)
    return data


def _renew(output: Output, at: Opened, signed: Signed, proof: bytes) -> None:
    """Replace the proof in the pack that this machine keeps, and in its published copy. Raises ``INDEX_NO_PACK``."""
    from gonogo_evidence.errors import BadInput  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.ids import RunId  # noqa: PLC0415 - the same
    from gonogo_evidence.index.placed import ENTRY, FOLDER, PROOF, place  # noqa: PLC0415 - the same
    from gonogo_graph.places import PUBLISHED  # noqa: PLC0415 - the same

    entry, session = signed.entry, at.session
    around = (
        [session.places.run(RunId(entry.run_id or "")).packs, session.repository.root / PUBLISHED] if session else []
    )
    there = [folder / entry.subject for folder in around if (folder / entry.subject / FOLDER).is_dir()]
    if entry.kind != "pack" or not there:
        words, step = msg("No pack here is about this entry."), msg("gonogo index list --kind pack")
        raise BadInput("INDEX_NO_PACK", words, where=str(at.folder), next_step=step)
    for folder in there:
        place(folder, {ENTRY: signed.envelope, PROOF: proof})
        output.say(msg("The proof in {path} is against the cosigned checkpoint now.", path=str(folder / FOLDER)))


def _inclusion(
    log: Log, number: int, keys: Sequence[VerifierKey] | None, cosigned: bytes | None = None
) -> tuple[dict[str, Any], str]:
    """The proof as text, or with ``keys`` as a bundle, whose log key must be one of them."""
    signed, proof = log.entry(number), log.prove(number, cosigned)
    if keys is not None:
        import json  # noqa: PLC0415 - only when it is used

        from gonogo_evidence.index import note, sigstore_bundle  # noqa: PLC0415 - the same
        from gonogo_evidence.index.checkpoint import require  # noqa: PLC0415 - the same

        require(log.note, keys)
        (key,) = islice(note.verify(note.parse(log.note), keys), 1)
        made = sigstore_bundle(signed, proof, key)
        return dict(made), json.dumps(made, indent=2)
    text = proof.to_bytes().decode()
    document = {**_head(log, PROOF_SCHEMA), **_entry(number, signed), "proof": text}
    document["envelope"] = signed.envelope.decode()
    return document, text


def _consistency(log: Log, since: int) -> tuple[dict[str, Any], str]:
    from gonogo_evidence.errors import BadInput  # noqa: PLC0415 - only when it is used

    if since > log.size:
        raise BadInput(
            "INDEX_NO_ENTRY",
            msg("The index has no entry {number}; it has {size}, counted from 0.", number=since, size=log.size),
            where=str(log.where),
        )
    hashes = [base64.b64encode(one).decode() for one in log.consistency(since)]
    old = base64.b64encode(log.root_at(since)).decode()
    document = {**_head(log, CONSISTENCY_SCHEMA), "since": since, "since_root": old, "hashes": hashes}
    return document, "\n".join([f"{since} {old}", *hashes, "", log.note.decode()])


def _head(log: Log, schema: str) -> dict[str, Any]:
    now = log.checkpoint
    return {"schema": schema, "origin": now.origin, "size": now.size, "root": now.root.hex()}


def _entry(number: int, one: Signed) -> dict[str, Any]:
    said = one.entry
    return {
        "number": number,
        "kind": said.kind,
        "run_id": said.run_id,
        "time": said.time,
        "subject": said.subject,
        "digest": said.digest,
        "details": dict(said.details),
        "keyid": one.keyid,
    }


def _line(entry: dict[str, Any]) -> str:
    run, subject = entry["run_id"] or "-", visible(entry["subject"])
    if entry["kind"] == "revocation":
        since = f" since {entry['details']['compromised_at']}" if entry["details"]["compromised_at"] else ""
        subject += f" {entry['digest']}{since}: {visible(entry['details']['reason'])}"
    return f"{entry['number']:>7}  {entry['time']}  {entry['kind']:<18} {run:<22}  {subject}"
