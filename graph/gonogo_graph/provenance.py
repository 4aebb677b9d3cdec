"""Who vouches for the transcripts that a replay answers from: a sealed live run whose pack names them, or nobody.

A transcript carries no signature of its own. A live run's seal names each of its transcripts by digest, and the engine
signed the seal; so a replay says ``recorded in run X, seal verified`` where such a pack lies there, its engine is known
here, and every transcript is one of those that its manifest names, and ``provenance: unproven`` in every other case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.models.recordings import IN_PACK, digest_over, transcript_files
from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.replayed import LIVE, SEALED, UNPROVEN, replay_in
from gonogo_evidence.seal import ENVIRONMENT, MANIFEST, SEAL, parse_manifest
from gonogo_evidence.transcripts import read_exchange
from gonogo_evidence.verify import open_pack, verify_pack
from gonogo_graph.engine import engine_public_keys
from gonogo_policies.layer_run.prompts import is_of_a_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.ids import JSON, Digest
    from gonogo_evidence.verify import UnverifiedPack
    from gonogo_graph.places import Places

ENGINE: Final = "authentic.engine"
NEWEST: Final = 20
"""So many of the newest runs here are asked whether they recorded what lies elsewhere."""


def provenance(place: Path, places: Places, runs: Sequence[Path]) -> dict[str, JSON]:
    """Who vouches for what lies at ``place``; ``runs`` are folders of runs here, the newest first.

    Returns:
        ``provenance`` (``sealed`` or ``unproven``), ``transcripts`` (how many) and ``given`` (the digest over them, by
        which the replay knows them again); where they are vouched for also ``run_id``, ``pack_id`` and ``pack_digest``
        of the live run that recorded them, and ``words_unproven``: how many words in roles its seal does not name.
    """
    every, of_roles = _named(place)
    digests = every - of_roles
    told: dict[str, JSON] = {"transcripts": len(every), "given": digest_over(every)}
    keys = engine_public_keys(places)
    for folder in _packs(place, runs):
        try:
            pack = open_pack(folder)
            named = _names(pack)
            if digests and digests <= named and (found := _live(pack, keys)):
                return {"provenance": SEALED, **told, "words_unproven": len(of_roles - named), **found}
        except GonogoError:
            continue  # what cannot be read vouches for nothing
    return {"provenance": UNPROVEN, **told}


def _named(place: Path) -> tuple[set[Digest], set[Digest]]:
    """Digests of all transcripts there, and of those that are words in a role.

    These need nobody who vouches: no verdict hangs on them, what they answer is no request of a layer run, and those of
    step G come after the seal. How many nobody vouches for is said.
    """
    read = {canonical.digest_of(data): data for data in map(_bytes, transcript_files(place))}
    return set(read), {digest for digest, data in read.items() if _of_a_role(data)}


def _bytes(file: Path) -> bytes:
    return read_bytes(file, limit=canonical.MAX_BYTES)


def _of_a_role(data: bytes) -> bool:
    try:
        return is_of_a_role(read_exchange(data).request)
    except GonogoError:
        return False


def _packs(place: Path, runs: Sequence[Path]) -> Iterator[Path]:
    """Where a pack could lie that vouches: the place itself, around it, in the run's folder; then in runs here."""
    for near in (place, place.parent.parent, place.parent.parent.parent):
        if (near / SEAL).is_file():
            yield near
    for run in (place, *runs[:NEWEST]):
        yield from (path.parent for path in sorted((run / "pack").glob(f"*/{SEAL}")))


def _names(pack: UnverifiedPack) -> set[Digest]:
    """What the pack's manifest names as transcripts."""
    named = parse_manifest(pack.read(MANIFEST))
    return {digest for path, digest in named.items() if path.startswith(f"{IN_PACK}/")}


def _live(pack: UnverifiedPack, keys: Sequence[Ed25519PublicKey]) -> Mapping[str, JSON] | None:
    """The live run that a pack proves: its own, or that of which it is a replay itself."""
    report = verify_pack(pack, engine_keys=keys)
    signed = [check for check in report.of("authentic") if check.id == ENGINE]
    if report.verdict("authentic") != "PASS" or not signed or any(check.verdict != "PASS" for check in signed):
        return None
    around = pack.json(ENVIRONMENT)
    if around.get("mode") == LIVE:
        return {"run_id": around["run_id"], "pack_id": pack.pack_id, "pack_digest": pack.pack_digest}
    told = replay_in(around)
    return {name: told[name] for name in ("run_id", "pack_id", "pack_digest")} if told["provenance"] == SEALED else None
