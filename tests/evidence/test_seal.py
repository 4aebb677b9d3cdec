"""Manifest and seal."""

from __future__ import annotations

import json
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gonogo_evidence import merkle
from gonogo_evidence.canonical import digest_of, dumps, loads
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.files import check_path
from gonogo_evidence.ids import Digest, PackId
from gonogo_evidence.seal import Entry, build_seal, data_root, parse_manifest, render_manifest, seal_statement

pytestmark = pytest.mark.fast

A, B = Digest("a" * 64), Digest("b" * 64)
SEGMENTS = st.from_regex(r"[A-Za-z0-9_@+=][A-Za-z0-9_@+=-]{0,8}", fullmatch=True)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
ENTRIES = st.dictionaries(PATHS, st.binary(max_size=8), min_size=1, max_size=12).map(
    lambda bodies: [Entry(path, digest_of(body), len(body)) for path, body in bodies.items()]
)


@given(ENTRIES)
def test_a_manifest_is_read_as_it_was_written(entries: list[Entry]) -> None:
    data = render_manifest(entries)
    assert parse_manifest(data) == {entry.path: entry.sha256 for entry in entries}
    assert render_manifest(reversed(entries)) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "MANIFEST_EMPTY"),
        (b"\n", "MANIFEST_FORM"),
        (f"{A}  a".encode(), "MANIFEST_FORM"),
        (f"{A} a\n".encode(), "MANIFEST_FORM"),
        (f"{A} *a\n".encode(), "MANIFEST_FORM"),
        (f"# note\n{A}  a\n".encode(), "MANIFEST_FORM"),
        (f"\\{A}  a\n".encode(), "MANIFEST_FORM"),
        (f"{A.upper()}  a\n".encode(), "MANIFEST_FORM"),
        (f"{A[1:]}  a\n".encode(), "MANIFEST_FORM"),
        (f"{A}  a\n\n".encode(), "MANIFEST_FORM"),
        (f"{A}  \u00e4\n".encode(), "MANIFEST_FORM"),
        (f"{A}  a\r\n".encode(), "PACK_PATH"),
        (f"{A}   a\n".encode(), "PACK_PATH"),
        (f"{A}  ../a\n".encode(), "PACK_PATH"),
        (f"{A}  /a\n".encode(), "PACK_PATH"),
        *(
            (f"{A}  {path}\n".encode(), "PACK_PATH")
            for path in ("-a", "a/-b", ".a", "a/.b", "a.", "a./b", "a//b", "a/")
        ),
        (f"{A}  b\n{A}  a\n".encode(), "MANIFEST_ORDER"),
        (f"{A}  a\n{B}  a\n".encode(), "MANIFEST_ORDER"),
    ],
)
def test_another_manifest_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(IntegrityBroken) as caught:
        parse_manifest(data)
    assert caught.value.code == code


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_manifest_or_refused(data: bytes) -> None:
    try:
        listed = parse_manifest(data)
    except IntegrityBroken:
        return
    assert render_manifest(Entry(path, digest, 0) for path, digest in listed.items()) == data


LINES = st.tuples(
    st.sampled_from([A, B] * 5 + ["g" * 64, "a" * 63]),
    st.sampled_from(["  "] * 9 + [" ", "   ", "\t "]),
    st.text("ab0.-/", min_size=1, max_size=5),
    st.sampled_from(["\n"] * 9 + ["", "\r\n", "\x0b"]),
)


@given(st.lists(LINES, min_size=1, max_size=3).map(sorted))
@example([(A, "  ", "a--b", "\n"), (A, "  ", "a-/b.-c", "\n")])
def test_a_manifest_that_is_looked_at_as_a_whole_is_what_its_lines_are(lines: list[tuple[str, str, str, str]]) -> None:
    def safe(path: str) -> bool:
        with suppress(IntegrityBroken):
            return check_path(path) == path
        return False

    paths = [path for _, _, path, _ in lines]
    form = all(len(sha) == 64 and "g" not in sha and (gap, end) == ("  ", "\n") for sha, gap, _, end in lines)
    right = form and all(map(safe, paths)) and paths == sorted(set(paths))
    text = "".join(map("".join, lines))
    try:
        listed = parse_manifest(text.encode())
    except IntegrityBroken:
        assert not right
    else:
        assert right
        assert listed == {path: sha for sha, _, path, _ in lines}


def _entries() -> list[Entry]:
    return [
        Entry("core/pack.json", A, 3),
        Entry("environment.json", B, 4),
        Entry("data/b", A, 5),
        Entry("data/a", B, 6),
        Entry("attestations/x.dsse.json", A, 7),
    ]


def test_the_seal_is_what_the_entries_give_in_any_order() -> None:
    seal = build_seal(PackId("EVP-X-L0-20260109-001"), _entries(), summary_renderer="r 1")
    assert seal == build_seal(PackId("EVP-X-L0-20260109-001"), reversed(_entries()), summary_renderer="r 1")
    assert loads(seal) == {
        "schema": "gonogo/seal/v1",
        "pack_id": "EVP-X-L0-20260109-001",
        "core_digest": A,
        "environment_digest": B,
        "manifest_digest": digest_of(render_manifest(_entries())),
        "data_root": data_root(_entries()),
        "attestations": {"attestations/x.dsse.json": A},
        "counts": {"files": 5, "bytes": 25},
        "summary_renderer": "r 1",
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_a_leaf_is_canonical_whatever_the_path(name: str) -> None:
    path = f"data/{unicodedata.normalize('NFC', name)}"
    digest = digest_of(b"x")
    leaf = dumps({"path": path, "sha256": digest, "size": 7})
    assert data_root([Entry(path, digest, 7)]) == digest_of(b"\0" + leaf)


def test_the_data_root_is_a_tree_over_payload_alone() -> None:
    leaves = [dumps({"path": "data/a", "sha256": B, "size": 6}), dumps({"path": "data/b", "sha256": A, "size": 5})]
    assert data_root(_entries()) == merkle.root(leaves)
    assert data_root([]) == merkle.root([])


def test_the_statement_names_the_pack_by_its_digest() -> None:
    statement = json.loads(seal_statement("EVP-X", pack_digest=A, core_digest=B))
    assert statement == {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "urn:gonogo:seal:v1",
        "subject": [{"name": "EVP-X", "digest": {"sha256": A}}],
        "predicate": {"core_digest": B},
    }
