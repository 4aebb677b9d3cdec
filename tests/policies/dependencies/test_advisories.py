"""Advisory snapshots: the form, which versions a record is about, and what is no snapshot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.version import Version

from gonogo_policies.dependencies import SnapshotInvalid, Unreadable, declared, read_snapshot

pytestmark = pytest.mark.fast

Json = dict[str, Any]


def record(name: str = "leaky", **affected: object) -> Json:
    package = {"package": {"name": name, "ecosystem": "PyPI"}, **affected}
    return {"id": "PYSEC-1", "aliases": ["CVE-1"], "affected": [package]}


def spans(*events: Json) -> Json:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


def snapshot(*records: Json, **more: object) -> bytes:
    head = {"schema": "gonogo/advisories/v1", "ecosystem": "PyPI", "as_of": "2026-01-08T00:00:00Z", "source": "s"}
    return json.dumps({**head, "advisories": list(records), **more}).encode()


def hit(version: str, *records: Json) -> bool:
    return bool(read_snapshot(snapshot(*records)).about("leaky", version))


@pytest.mark.parametrize(
    ("affected", "inside", "outside"),
    [
        (spans({"introduced": "0"}, {"fixed": "2.0"}), ["0.1", "1.9.9", "2.0rc1"], ["2.0", "3"]),
        (spans({"introduced": "1.0"}, {"last_affected": "1.4"}), ["1.0", "1.4"], ["0.9", "1.4.1"]),
        (spans({"introduced": "1.0"}), ["1.0", "99"], ["0.9"]),
        (
            spans({"introduced": "0"}, {"fixed": "1.1"}, {"introduced": "2.0"}, {"fixed": "2.2"}),
            ["1.0", "2.1"],
            ["1.1", "1.5", "2.2"],
        ),
        (spans({"fixed": "1.1"}, {"introduced": "0"}), ["1.0"], ["1.1"]),
        ({"versions": ["1.0", "1.0.post1"]}, ["1.0", "1.0.post1"], ["1.1"]),
        ({"versions": ["1.0.0-1"]}, ["1.0.0.post1"], ["1.0.0"]),
        ({}, ["0.1", "99"], []),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "abc"}]}]}, ["1.0"], []),
    ],
)
def test_which_versions_a_record_is_about(affected: Json, inside: list[str], outside: list[str]) -> None:
    assert [hit(version, record(**affected)) for version in inside] == [True] * len(inside)
    assert [hit(version, record(**affected)) for version in outside] == [False] * len(outside)


@example(("0", "0.0", "0"))
@given(st.tuples(*[st.from_regex(r"[0-9](\.[0-9]){0,2}", fullmatch=True)] * 3))
def test_a_span_is_what_lies_between_its_ends(versions: tuple[str, str, str]) -> None:
    """``0`` as an end is OSV's word for what lies before every version, also before a ``0`` that was asked about."""
    low, high = (Version("0.dev0" if end == "0" else end) for end in versions[:2])
    asked = versions[2]
    expected = low <= Version(asked) and (Version(asked) < high or high <= low)
    assert hit(asked, record(**spans({"introduced": versions[0]}, {"fixed": versions[1]}))) == expected


def test_withdrawn_records_and_other_ecosystems_say_nothing() -> None:
    assert not hit("1.0", {**record(), "withdrawn": "2026-01-01T00:00:00Z"})
    assert not hit("1.0", {"id": "X", "affected": [{"package": {"name": "leaky", "ecosystem": "npm"}}]})


def test_names_meet_in_the_spelling_of_the_index() -> None:
    found = read_snapshot(snapshot(record("Zope.Interface")))
    assert [one.id for one in found.about("zope-interface", "1.0")] == ["PYSEC-1"]
    assert (found.count, found.source, f"{found.as_of:%Y-%m-%d}") == (1, "s", "2026-01-08")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        snapshot(),
        snapshot(record(), schema="gonogo/advisories/v2"),
        snapshot(record(), ecosystem="npm"),
        snapshot(record(), as_of="yesterday"),
        snapshot(record(), as_of="2026-01-08T00:00:00"),
        snapshot(record(), more=1),
        snapshot(record(), advisories={"a": 1}),
        snapshot({"affected": []}),
        snapshot({"id": "X", "affected": {}}),
        snapshot({"id": "X", "affected": ["leaky"]}),
        snapshot(record(**spans({"introduced": "not a version"}))),
    ],
)
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(SnapshotInvalid):
        read_snapshot(data)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("[tool.ruff]\n", 0),
        ('[project]\nname = "x"\ndependencies = []\n', 0),
        ('[project]\ndependencies = ["a", "b>1"]\n[project.optional-dependencies]\nx = ["c"]\n', 3),
        ('[dependency-groups]\ndev = ["a"]\n', 1),
        ('[tool.poetry.dependencies]\npython = "^3.11"\na = "1"\n[tool.poetry.group.dev.dependencies]\nb = "2"\n', 2),
    ],
)
def test_what_a_project_declares(text: str, count: int) -> None:
    assert declared("pyproject.toml", text) == count


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.py", ""),
        ("setup.cfg", ""),
        ("pyproject.toml", "["),
        ("pyproject.toml", '[project]\ndynamic = ["dependencies"]\n'),
    ],
)
def test_what_only_a_build_can_tell(path: str, text: str) -> None:
    with pytest.raises(Unreadable):
        declared(path, text)
