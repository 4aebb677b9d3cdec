"""Proofs against published vectors, against the RFC's own recursion, and against pymerkle."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]

from gonogo_evidence import merkle

pytestmark = pytest.mark.fast

LEAVES = [
    bytes.fromhex(word)
    for word in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The Certificate Transparency code's test leaves."""
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def _root(leaves: list[bytes]) -> bytes:
    return bytes.fromhex(merkle.root(leaves))


def _nodes(leaves: list[bytes]) -> merkle.Node:
    def node(level: int, index: int) -> bytes:
        part = leaves[index << level : (index + 1) << level]
        assert len(part) == 1 << level, "a node whose leaves are not all there"
        return _root(part)

    return node


def _split(count: int) -> int:
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*_path(index, leaves[:half]), _root(leaves[half:])]
    return [*_path(index - half, leaves[half:]), _root(leaves[:half])]


def _subproof(old: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [_root(leaves)]
    half = _split(len(leaves))
    if old <= half:
        return [*_subproof(old, leaves[:half], whole=whole), _root(leaves[half:])]
    return [*_subproof(old - half, leaves[half:], whole=False), _root(leaves[:half])]


@pytest.mark.parametrize(("case", "path"), INCLUSION.items())
def test_published_inclusion(case: tuple[int, int], path: list[str]) -> None:
    index, size = case
    assert [one.hex() for one in merkle.inclusion_path(index, size, _nodes(LEAVES))] == path


@pytest.mark.parametrize(("case", "path"), CONSISTENCY.items())
def test_published_consistency(case: tuple[int, int], path: list[str]) -> None:
    assert [one.hex() for one in merkle.consistency_path(*case, _nodes(LEAVES))] == path


@given(st.integers(1, 70), st.data())
def test_paths_are_those_of_the_rfc_and_of_pymerkle(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    node, tree = _nodes(leaves), InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    path = merkle.inclusion_path(index, size, node)
    assert path == _path(index, leaves)
    assert [one.hex() for one in path] == tree.prove_inclusion(index + 1, size).serialize()["path"][1:]
    assert merkle.consistency_path(old, size, node) == _subproof(old, leaves, whole=True)
    assert merkle.root_at(size, node) == tree.get_root(size) == _root(leaves)


@given(st.integers(1, 40), st.data())
def test_a_true_proof_holds_and_no_other_does(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    index, root, node = data.draw(st.integers(0, size - 1)), _root(leaves), _nodes(leaves)
    path, leaf = merkle.inclusion_path(index, size, node), merkle.leaf_hash(leaves[index])
    assert merkle.verify_inclusion(leaf, index, size, path, root)
    assert merkle.verify_inclusion(root, index, size, [], root) == (size == 1), "an inner hash is no leaf"
    other = data.draw(st.integers(-1, size + 1).filter(lambda number: number != index))
    assert not merkle.verify_inclusion(leaf, other, size, path, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, path, root)
    for wrong in _wrong(path, data):
        assert not merkle.verify_inclusion(leaf, index, size, wrong, root)


@given(st.integers(1, 40), st.data())
def test_a_true_history_is_consistent_and_no_other_is(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    old, node = data.draw(st.integers(1, size)), _nodes(leaves)
    path, before, after = merkle.consistency_path(old, size, node), _root(leaves[:old]), _root(leaves)
    assert merkle.verify_consistency(old, size, before, after, path)
    forked = _root([*leaves[: old - 1], b"other"])
    assert not merkle.verify_consistency(old, size, forked, after, path)
    assert not merkle.verify_consistency(old, size, before, forked, path)
    for wrong in _wrong(path, data):
        assert not merkle.verify_consistency(old, size, before, after, wrong)


def _wrong(path: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    wrong = [[*path, b"\0" * 32], [b"\0" * 32, *path]]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        wrong += [path[:at] + path[at + 1 :], [*path[:at], hashlib.sha256(path[at]).digest(), *path[at + 1 :]]]
    return wrong


def test_the_empty_tree() -> None:
    nothing, one = hashlib.sha256().digest(), _root([b"a"])
    assert merkle.root_at(0, _nodes([])) == nothing
    assert merkle.verify_consistency(0, 1, nothing, one, [])
    assert not merkle.verify_consistency(0, 1, one, one, [])
    assert not merkle.verify_consistency(2, 1, one, one, [])
    assert not merkle.verify_inclusion(one, 0, 0, [], one)
    with pytest.raises(ValueError, match="not among"):
        merkle.inclusion_path(1, 1, _nodes([b"a"]))
    with pytest.raises(ValueError, match="no beginning"):
        merkle.consistency_path(2, 1, _nodes([b"a"]))
