"""Merkle tree hashes and proofs as RFC 6962 section 2.1 defines them (SHA-256, domain prefixes 0x00 and 0x01).

Proofs are made from stored nodes: ``node(level, index)`` is the hash over the leaves ``index * 2**level`` up to
``(index + 1) * 2**level``, all of them there. A proof asks for O(log n) of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from gonogo_evidence.ids import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Node: TypeAlias = Callable[[int, int], bytes]
"""``(level, index)`` to the 32 bytes of a complete subtree."""

SUBTREE = 1024
"""Leaves that are hashed level by level: a power of two."""
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
    rest, complete, number = iter(leaves), list[bytes](), 0
    while part := list(islice(rest, SUBTREE)):
        digest, place = _subtree(part), number if len(part) == SUBTREE else 0
        while place & 1:  # as many whole subtrees end here as the number has ones at its end
            digest, place = node_hash(complete.pop(), digest), place >> 1
        complete.append(digest)
        number += 1
    if not complete:
        return Digest(hashlib.sha256().hexdigest())
    digest = complete.pop()
    while complete:
        digest = node_hash(complete.pop(), digest)
    return Digest(digest.hex())


def _subtree(leaves: Sequence[bytes]) -> bytes:
    """The tree hash over a few leaves: level by level, where one that is left over at the end goes up as it is."""
    sha256 = hashlib.sha256
    level = [sha256(LEAF + data).digest() for data in leaves]
    while len(level) > 1:
        odd = [level[-1]] if len(level) % 2 else []
        level = [sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level += odd
    return level[0]


def root_at(size: int, node: Node) -> bytes:
    """The tree hash of the first ``size`` leaves, 32 bytes, from stored nodes (section 2.1)."""
    return _range(0, size, node) if size else hashlib.sha256().digest()


def inclusion_path(index: int, size: int, node: Node) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of the first ``size`` leaves (section 2.1.1).

    Raises:
        ValueError: there is no such leaf in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range(middle, high, node))
            high = middle
        else:
            path.append(_range(low, middle, node))
            low = middle
    return path[::-1]


def consistency_path(old: int, new: int, node: Node) -> list[bytes]:
    """What shows that the tree of ``old`` leaves is the beginning of the tree of ``new`` (section 2.1.2).

    Empty for an empty old tree and for equal sizes. Raises ``ValueError`` for an old tree larger than the new one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} is no beginning of one of {new}")
    if old in {0, new}:
        return []
    path: list[bytes] = []
    low, high, whole = 0, new, True
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range(middle, high, node))
            high = middle
        else:
            path.append(_range(low, middle, node))
            low, whole = middle, False
    if not whole:
        path.append(_range(low, high, node))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether ``path`` leads from a leaf's hash to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            digest = node_hash(sibling, digest)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and digest == root_hash


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` shows that nothing of the old tree was changed (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == hashlib.sha256().digest()
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _range(low: int, high: int, node: Node) -> bytes:
    """The hash over leaves ``low`` to ``high`` (a subtree of the recursion): stored whole, or put together."""
    count = high - low
    level = count.bit_length() - 1
    if count == 1 << level:
        return node(level, low >> level)
    middle = low + _split(count)
    return node_hash(_range(low, middle, node), _range(middle, high, node))
