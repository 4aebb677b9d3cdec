"""Merkle tree hashes as RFC 6962 section 2.1 defines them (SHA-256, domain prefixes 0x00 and 0x01)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gonogo_evidence.ids import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAF = b"\x00"
NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf: 32 bytes."""
    return hashlib.sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over two 32-byte hashes."""
    return hashlib.sha256(NODE + left + right).digest()


def root(leaves: Iterable[bytes]) -> Digest:
    """The tree hash over leaves in order, in memory of O(log n). The empty tree hashes to SHA-256 of nothing.

    Args:
        leaves: the leaves' data, not their hashes.
    """
    complete: list[tuple[int, bytes]] = []
    for data in leaves:
        height, digest = 0, leaf_hash(data)
        while complete and complete[-1][0] == height:
            _, left = complete.pop()
            height, digest = height + 1, node_hash(left, digest)
        complete.append((height, digest))
    if not complete:
        return Digest(hashlib.sha256().hexdigest())
    _, digest = complete.pop()
    while complete:
        _, left = complete.pop()
        digest = node_hash(left, digest)
    return Digest(digest.hex())
