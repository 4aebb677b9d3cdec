"""Tree hashes against the vectors of the Certificate Transparency code and against RFC 6962's own recursion."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import merkle

pytestmark = pytest.mark.fast

LEAVES = [
    bytes.fromhex(word)
    for word in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _by_the_book(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + _by_the_book(leaves[:split]) + _by_the_book(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_published_vectors(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == ROOTS[size]


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_the_loop_equals_the_recursion(leaves: list[bytes]) -> None:
    assert merkle.root(iter(leaves)) == _by_the_book(leaves).hex()


def test_a_leaf_is_no_node() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.root([left + right]) != merkle.root([b"a", b"b"])
    assert merkle.node_hash(left, right).hex() == merkle.root([b"a", b"b"])
