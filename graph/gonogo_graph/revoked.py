"""Revocations in this machine's own index, asked before a decision is made and whenever it is repeated."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo_evidence import dsse, sshsig
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes
from gonogo_evidence.index import open_log
from gonogo_evidence.index.about import Told, signer_key_id, told
from gonogo_evidence.review import ENGINE_PUB, FOLDER
from gonogo_graph.engine import KEY_LIMIT
from gonogo_graph.index_key import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gonogo_evidence.ids import Digest
    from gonogo_evidence.index.about import Thing, Use
    from gonogo_graph.places import Places
    from gonogo_graph.store import SignOff


def told_of(places: Places, run_id: str) -> Told:
    """What this machine's index says that bears on a run; nothing where there is no index yet."""
    with suppress(BadInput), open_log(folder_of(places)) as log:
        return told(log, run_id)
    return Told()


def refuse_revoked(
    said: Told, folder: Path, pack: Digest, answers: Iterable[SignOff], *, now: str, outcome: Digest | None = None
) -> None:
    """Raise ``REVOKED`` for a pack, its engine's key, a sign-off or a signer's key that counts no longer.

    Args:
        said: what the index has.
        folder: the pack's folder.
        pack: its digest.
        answers: the sign-offs that are to count.
        now: ``YYYY-MM-DDTHH:MM:SSZ``: when they would count, where nothing is committed on them yet.
        outcome: digest of the decision that was committed on them, if one was.
    """
    if not said.revocations:
        return
    engine = dsse.load_public(read_bytes(folder / FOLDER / ENGINE_PUB, limit=KEY_LIMIT))
    things: list[tuple[Thing, Use]] = [(("pack", pack), "seal"), (("key", dsse.key_id(engine)), "seal")]
    for row in answers:
        things.append((("sign-off", row.digest), "sign-off"))
        things.append((("key", signer_key_id(sshsig.parse(row.signature).key)), "sign-off"))
    error = said.refusal(things, outcome=outcome, now=now)
    if error is not None:
        raise error


def refuse_revoked_close(said: Told, signature: bytes, *, now: str) -> None:
    """Raise ``REVOKED`` where the key that closes a condition counts no longer."""
    key: Thing = ("key", signer_key_id(sshsig.parse(signature).key))
    error = said.refusal([(key, "sign-off")], now=now)  # it is closed now: that time is known
    if error is not None:
        raise error
