"""The engine's own key: it signs that it made a seal. It can never sign a decision."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gonogo_evidence import canonical, drill, dsse, statement
from gonogo_evidence.errors import Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_policies import engine_keys
from gonogo_policies.trust import trust_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.ids import JSON, Digest, JSONObject
    from gonogo_graph.places import Places

KEY_LIMIT = 4096
PAYLOAD_TYPE = "application/vnd.in-toto+json"
OUTCOME_TYPE = "urn:gonogo:outcome:v1"
REQUEST_TYPE = "urn:gonogo:request:v1"


def engine_key(places: Places) -> bytes:
    """The key of this installation and repository, PEM; made on first use. The public half goes to the trust store."""
    if not places.engine_key.exists():
        places.engine_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = places.engine_key.with_suffix(f".{os.getpid()}.new")
        write_atomic(fresh, dsse.new_engine_key(), mode=0o600)
        try:
            os.link(fresh, places.engine_key)  # two first runs at once: one key wins, never two
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    if places.engine_key.stat().st_mode & 0o077:
        raise Refused(
            "ENGINE_KEY_OPEN",
            msg("Others can read the engine's key."),
            where=str(places.engine_key),
            next_step=msg("chmod 600 {path}", path=str(places.engine_key)),
        )
    pem = read_bytes(places.engine_key, limit=KEY_LIMIT)
    engine_keys.remember(trust_folder(places.config_home, places.repository_id), dsse.public_pem(pem))
    return pem


def engine_public_keys(places: Places) -> Sequence[Ed25519PublicKey]:
    """The engine keys that this machine knows: from the trust store, else from the state folder."""
    published = engine_keys.known(trust_folder(places.config_home, places.repository_id))
    if published:
        return published
    return [dsse.load_public(dsse.public_pem(engine_key(places)))] if places.engine_key.exists() else []


def attest_seal(places: Places, *, pack_id: str, pack_digest: Digest, core_digest: Digest, core: JSONObject) -> bytes:
    """The engine's DSSE envelope over the seal: an in-toto statement whose subject is the pack.

    A drill's says so: which drill, of which seed.
    """
    said: dict[str, JSON] = {"core_digest": core_digest, **drill.attested(core)}
    return _attest(places, pack_id, pack_digest, statement.SEAL_TYPE, said)


def attest_outcome(places: Places, *, pack_id: str, pack_digest: Digest, outcome: Mapping[str, JSON]) -> bytes:
    """The engine's DSSE envelope over a committed outcome. It records the decision; it is not the decision."""
    return _attest(places, pack_id, pack_digest, OUTCOME_TYPE, outcome)


def attest_request(places: Places, *, pack_id: str, pack_digest: Digest, request: Mapping[str, JSON]) -> bytes:
    """The engine's DSSE envelope over what the operators are asked, for whoever signs a copy of the pack."""
    return _attest(places, pack_id, pack_digest, REQUEST_TYPE, request)


def _attest(places: Places, pack_id: str, pack_digest: Digest, kind: str, predicate: Mapping[str, JSON]) -> bytes:
    payload = canonical.dumps(
        {
            "_type": statement.STATEMENT_TYPE,
            "subject": [{"name": pack_id, "digest": {"sha256": pack_digest}}],
            "predicateType": kind,
            "predicate": predicate,
        }
    )
    return signer(places)(payload)


def signer(places: Places) -> Callable[[bytes], bytes]:
    """What makes the engine's DSSE envelope over an in-toto statement. The key is read once, here."""
    key = dsse.load(engine_key(places))
    return lambda payload: dsse.sign(PAYLOAD_TYPE, payload, key)
