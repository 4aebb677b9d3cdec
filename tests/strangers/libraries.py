"""Three Python libraries of other people: ``rfc8785``, ``pymerkle`` and ``securesystemslib``."""

from __future__ import annotations

import base64
import functools
import json
import os
from typing import TYPE_CHECKING, Any

import rfc8785
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pymerkle import InmemoryTree  # type: ignore[import-untyped]
from pymerkle.core import _inclusion_path_layout  # type: ignore[import-untyped]
from pymerkle.hasher import MerkleHasher  # type: ignore[import-untyped]
from pymerkle.proof import InclusionProof, InvalidProof, verify_inclusion  # type: ignore[import-untyped]
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import FormatError, VerificationError
from securesystemslib.signer._key import SSlibKey

from strangers import look
from strangers.table import Answer, all_of, sha256

if TYPE_CHECKING:
    from pathlib import Path

    from strangers.look import Brought


def canonical(pack: Path, _: Brought) -> Answer:
    """``rfc8785``: every JSON document, read and written again, has the same bytes."""
    return all_of(_same(data) for data in look.documents(pack).values())


def securesystemslib(pack: Path, brought: Brought) -> Answer:
    """``Envelope.verify`` for every envelope, with the engine's key under the id that gonogo's envelopes use."""
    public = load_pem_public_key(brought.engine_key.read_bytes())
    keyid = sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    key = SSlibKey.from_crypto(public, keyid=keyid)
    return all_of(_verified(envelope, key) for envelope in look.envelopes(pack).values())


def root(pack: Path, _: Brought) -> Answer:
    """``pymerkle``: the root over the payload's files as they lie there is the seal's ``data_root``."""
    seal = look.document(pack / "seal.json")
    if not isinstance(seal, dict) or "data_root" not in seal:
        return "n/a"
    tree = InmemoryTree(algorithm="sha256")
    for path in sorted(_files(pack)):
        data = (pack / path).read_bytes()
        tree.append_entry(rfc8785.dumps({"path": path, "sha256": sha256(data), "size": len(data)}))
    return "accept" if tree.get_size() and tree.get_root().hex() == seal["data_root"] else "reject"


def inclusion(pack: Path, brought: Brought) -> Answer:
    """``pymerkle``: the proof leads from the entry as it lies there to the checkpoint's root, whoever signed that."""
    proof, leaf = look.proof(pack), look.leaf(pack, brought.engine_key.read_bytes())
    if proof is None or leaf is None:
        return "n/a"
    try:
        index, size = int(proof.index) + 1, int(proof.size)
        target = base64.b64decode(proof.root)
        hashes = [base64.b64decode(one) for one in proof.hashes]
    except ValueError:
        return "n/a"
    if not 0 < index <= size:
        return "reject"
    base = MerkleHasher("sha256").hash_buff(leaf)
    rule, _ = _inclusion_path_layout(index, size)  # pymerkle's own proofs carry it; it follows from the two numbers
    try:
        made = InclusionProof("sha256", True, size, index, rule, [base, *hashes])  # noqa: FBT003 - pymerkle's
        verify_inclusion(base, target, made, index=index, size=size, algorithm="sha256")
    except InvalidProof:
        return "reject"
    return "accept"


@functools.cache
def _same(data: bytes) -> Answer:
    try:
        return "accept" if rfc8785.dumps(json.loads(data)) == data else "reject"
    except (ValueError, rfc8785.CanonicalizationError):
        return "reject"


def _verified(envelope: Any, key: SSlibKey) -> Answer:  # noqa: ANN401 - any JSON
    try:
        Envelope.from_dict(json.loads(json.dumps(envelope))).verify([key], 1)  # it writes into what it reads
    except (VerificationError, FormatError, ValueError, KeyError, TypeError):
        return "reject"
    return "accept"


def _files(pack: Path) -> list[str]:
    """Below ``data/``; where a link leads is looked at, as most tools do."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(pack / "data") for name in names]  # noqa: PTH118
    return [os.path.relpath(path, pack) for path in found if os.path.isfile(path)]  # noqa: PTH113 - as os.walk speaks
