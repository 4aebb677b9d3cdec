"""Secrets become markers: the same in every run, everywhere in a pack, and nothing else is touched."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_agents.redact import Redaction, plan, records
from gonogo_agents.redact_texts import flatten, parse, spellings
from gonogo_evidence import canonical
from gonogo_evidence.errors import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_agents.redact import Span
    from gonogo_evidence.ids import JSON

pytestmark = pytest.mark.fast

LONG, OTHER, SHORT = b"S3CRET-0123456789", b"T0KEN-abcdefghij", b"Pw1Pw2"


def scan(texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
    """A detector that knows two forms, and one short one only after ``pw=``."""
    found: list[list[Span]] = []
    for text in texts:
        spans = [(one.start(), one.end(), "long form") for one in re.finditer(rb"S3CRET-\d{10}|T0KEN-[a-z]{10}", text)]
        spans += [(one.start(1), one.end(1), "named") for one in re.finditer(rb"pw=(\w{6})", text)]
        found.append(spans)
    return found


def nothing(texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
    return [[] for _ in texts]


def planned(core: Mapping[str, JSON], files: Mapping[str, bytes] | None = None, **rest: JSON) -> Redaction:
    return plan(core, rest, files or {}, scan)


def test_nothing_found_changes_nothing() -> None:
    core: dict[str, JSON] = {"a": ["x", {"b": 1, "c": None, "d": "0" * 64}]}
    made = plan(core, {}, {"data/a.txt": b"\xff\0text"}, nothing)
    assert made == Redaction()
    assert made.of(core) == core


def test_a_secret_of_the_core_gets_its_marker_and_the_core_can_be_rebuilt() -> None:
    core: dict[str, JSON] = {"z": f"again {LONG.decode()}", "a": [f"first {OTHER.decode()}", LONG.decode()], "n": 4}
    made = planned(core)
    assert made.of(core) == {
        "z": "again [redacted:long-form:2]",
        "a": ["first [redacted:long-form:1]", "[redacted:long-form:2]"],
        "n": 4,
    }
    assert planned(core).of(core) == made.of(core)


def test_markers_of_the_core_do_not_depend_on_what_else_was_found() -> None:
    core: dict[str, JSON] = {"reason": f"because {LONG.decode()}"}
    alone = planned(core).of(core)
    assert planned(core, {"data/a": b"x " + OTHER, "data/b": LONG}, host=OTHER.decode()).of(core) == alone


def test_what_was_found_in_one_place_is_replaced_everywhere() -> None:
    def only_in_files(texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
        return [spans if b"found here" in text else [] for text, spans in zip(texts, scan(texts), strict=True)]

    files = {"data/a.txt": b"found here " + LONG + b"\n", "data/b.txt": b"bare " + LONG}
    made = plan({"m": LONG.decode()}, {}, files, only_in_files)
    assert made.of({"m": LONG.decode()}) == {"m": "[redacted:long-form:1]"}
    assert made.files == {
        "data/a.txt": b"found here [redacted:long-form:1]\n",
        "data/b.txt": b"bare [redacted:long-form:1]",
    }


def test_a_short_secret_is_replaced_only_where_it_was_found() -> None:
    files = {"data/a.txt": b"pw=" + SHORT + b" and " + SHORT + b" as a word\n"}
    core: dict[str, JSON] = {"said": f"pw={SHORT.decode()}; {SHORT.decode()}", "word": SHORT.decode()}
    made = planned(core, files)
    assert made.of(core) == {"said": "pw=[redacted:named:1]; Pw1Pw2", "word": "Pw1Pw2"}
    assert made.files == {"data/a.txt": b"pw=[redacted:named:1] and Pw1Pw2 as a word\n"}


def test_commits_and_digests_are_no_secrets() -> None:
    digest = hashlib.sha256(b"x").hexdigest()

    def everything(texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
        return [[(one.start(), one.end(), "hex") for one in re.finditer(rb"[0-9a-f]{40,64}", text)] for text in texts]

    core: dict[str, JSON] = {"git_ref": "5d" * 20, "digest": digest}
    made = plan(core, {}, {"data/log.txt": f"token {digest}".encode()}, everything)
    assert made == Redaction()


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_files_stay_json_in_whichever_way_they_write_a_secret(*, ascii_only: bool) -> None:
    value = 'S3CRET-"ö\n\\x'
    document = {"outer": [f"before {value} after", {"n": 1.5, "deep": value}], "plain": "text"}
    data = json.dumps(document, ensure_ascii=ascii_only, indent=1).encode()

    def find(texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
        form = re.escape(value.encode())
        return [[(one.start(), one.end(), "x") for one in re.finditer(form, text)] for text in texts]

    made = plan({}, {}, {"data/a.json": data}, find)
    marker = "[redacted:x:1]"
    told = json.loads(made.files["data/a.json"])
    assert told == {"outer": [f"before {marker} after", {"n": 1.5, "deep": marker}], "plain": "text"}


def test_a_short_secret_in_a_json_file_is_replaced_with_its_string() -> None:
    data = b'{"a":"pw=Pw1Pw2","b":"Pw1Pw2"}\n{"a":"other"}\n'
    assert planned({}, {"data/a.jsonl": data}).files["data/a.jsonl"] == (
        b'{"a":"pw=[redacted:named:1]","b":"Pw1Pw2"}\n{"a":"other"}\n'
    )


def test_a_secret_that_json_hides_behind_escapes_stops_the_seal() -> None:
    odd = b'{"a": "S3CRET-012345678\\u0039"}'
    with pytest.raises(Inconclusive) as caught:
        planned({}, {"data/a.json": odd})
    assert caught.value.code == "SECRET_REMAINS"


def test_the_digest_of_a_file_with_a_secret_follows_the_sealed_file() -> None:
    data = b"x " + LONG
    old, size = hashlib.sha256(data).hexdigest(), len(data)
    raw: dict[str, JSON] = {"path": "data/a.txt", "sha256": old, "size": size}
    made = planned({"value": {"artifact": raw}}, {"data/a.txt": data, "data/log.txt": f"put {old}".encode()})
    new = made.files["data/a.txt"]
    digest = hashlib.sha256(new).hexdigest()
    assert made.of(raw) == {"path": "data/a.txt", "sha256": digest, "size": len(new)}
    assert made.files["data/log.txt"] == f"put {digest}".encode()


def test_records_say_where_how_often_and_nothing_of_the_secret() -> None:
    files = {"data/a.txt": b"one\n" + LONG + b"\n" + LONG + b" " + OTHER}
    made = planned({"reason": LONG.decode()}, files)
    sealed = {"core/pack.json": canonical.dumps(made.of({"reason": LONG.decode()})), **made.files}
    told: Any = records(made, sealed, lambda secret: hashlib.sha256(b"key" + secret).hexdigest(), "found by x")
    assert [(one["path"], one["detector"], one["line"], one["count"]) for one in told] == [
        ("core/pack.json", "long-form", 1, 1),
        ("data/a.txt", "long-form", 2, 2),
        ("data/a.txt", "long-form", 3, 1),
    ]
    assert told[0]["hmac"] == told[1]["hmac"] != told[2]["hmac"]
    assert LONG.decode() not in repr(told)
    assert LONG.decode() not in repr(made)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 9)
    | st.text(max_size=12)
    | st.sampled_from([LONG.decode(), "pw=Pw1Pw2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES, st.lists(st.binary(max_size=40), max_size=3))
def test_no_long_secret_is_left_and_the_shape_stays(document: JSON, blobs: list[bytes]) -> None:
    files = {f"data/{number}": blob + LONG for number, blob in enumerate(blobs)}
    made = planned({"d": document}, files)
    after = made.of({"d": document})
    assert LONG not in flatten(after).text
    assert all(LONG not in made.files[path] for path in files)
    assert shape(after) == shape({"d": document})


def shape(value: JSON) -> object:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


@given(st.text(max_size=20))
def test_both_spellings_are_what_json_writes(words: str) -> None:
    for form in spellings(words.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()):
        assert json.loads(b'"' + form + b'"') == words.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


@pytest.mark.parametrize("data", [b"", b"plain", b"[", b"{}x", b"[" * 100_000, b'{"a":1}\n{', b"[ERROR] x"])
def test_what_is_no_json_is_looked_at_as_text(data: bytes) -> None:
    assert parse(data) is None


def test_documents_one_a_line_are_read() -> None:
    assert parse(b'{"a":1}\n\n{"b":2}\n') == [{"a": 1}, {"b": 2}]
