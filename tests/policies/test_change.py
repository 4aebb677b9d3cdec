"""What kinds of files a change touches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import IntegrityBroken
from gonogo_policies.change import KINDS, Change, ChangedFile, classify, docs_only, first, kinds_of, read_change

pytestmark = pytest.mark.fast

CASES = {
    "README.md": {"docs"},
    "LICENSE": {"docs"},
    "docs/notes.txt": {"docs"},
    "notes.txt": {"other"},
    "docs/picture.svg": {"docs"},
    "docs/conf.py": {"python"},
    "src/a.py": {"python"},
    "src/a.pyi": {"python"},
    "tests/test_a.py": {"python", "tests"},
    "src/a_test.py": {"python", "tests"},
    "src/contest.py": {"python"},
    "tests/data/table.csv": {"data", "tests"},
    "tests/README.md": {"docs", "tests"},
    "web/app.test.ts": {"javascript", "tests"},
    "run.sh": {"shell"},
    "config/live.toml": {"config"},
    ".github/workflows/ci.yml": {"config", "ci"},
    "pyproject.toml": {"config", "dependencies"},
    "requirements/dev.txt": {"dependencies"},
    "requirements-dev.txt": {"dependencies"},
    "constraints.txt": {"dependencies"},
    "docs/ref/constraints.txt": {"docs"},
    "uv.lock": {"dependencies"},
    "Makefile": {"other"},
    "SRC/A.PY": {"python"},
}


@pytest.mark.parametrize(("path", "kinds"), CASES.items())
def test_kinds(path: str, kinds: set[str]) -> None:
    assert kinds_of(path) == kinds


PATHS = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4).map("/".join)


@given(PATHS)
def test_every_path_is_of_a_known_kind(path: str) -> None:
    assert kinds_of(path)
    assert kinds_of(path) <= set(KINDS)


@given(st.lists(PATHS | st.sampled_from(sorted(CASES)), max_size=12))
def test_classify_loses_and_invents_no_path(paths: list[str]) -> None:
    grouped = classify(paths)
    assert {path for found in grouped.values() for path in found} == set(paths)
    assert list(grouped) == [kind for kind in KINDS if kind in grouped]
    for kind, found in grouped.items():
        assert found == tuple(sorted(set(found)))
        assert all(kind in kinds_of(path) for path in found)
    assert classify(reversed(paths)) == grouped


def change(*files: ChangedFile, count: int | None = None) -> Change:
    return Change(files, len(files) if count is None else count, "b" * 40)


def test_docs_only() -> None:
    assert docs_only(change(ChangedFile("README.md", "M"), ChangedFile("docs/a.png", "A")))
    assert not docs_only(change(ChangedFile("README.md", "M"), ChangedFile("a.py", "M")))
    assert not docs_only(change(ChangedFile("docs/conf.py", "M")))


def test_nothing_is_not_docs_only() -> None:
    assert not docs_only(change())


def test_a_list_cut_short_is_not_docs_only() -> None:
    assert not docs_only(change(ChangedFile("README.md", "M"), count=2))


def test_code_renamed_to_documentation_is_not_docs_only() -> None:
    assert not docs_only(change(ChangedFile("a.md", "R", old_path="a.py")))


def test_read_change() -> None:
    stored: dict[str, Any] = {
        "base": None,
        "rule": "whole-tree",
        "count": 3,
        "files": [
            {"path": "a.py", "old_path": None, "status": "A", "mode": "100644", "blob": "0" * 40},
            {"path": "%FF.py", "raw_hex": "ff2e7079", "old_path": None, "status": "M", "mode": "100644"},
            {"path": "l.py", "old_path": "k.py", "status": "R", "mode": "120000"},
        ],
    }
    found = read_change(stored)
    assert found.whole_tree
    assert found.complete
    assert found.paths == ("%FF.py", "a.py", "k.py", "l.py")
    assert [file.readable for file in found.files] == [True, True, False]
    assert found.files[1].place.disk == "\udcff.py"


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        {"files": "no", "count": 0, "base": None},
        {"files": [{}], "count": 1, "base": None},
        {"files": [{"path": "a", "status": "M", "raw_hex": "zz"}], "count": 1, "base": None},
        {"files": [{"path": "", "status": "M"}], "count": 1, "base": None},
    ],
)
def test_another_shape_is_refused(stored: object) -> None:
    with pytest.raises(IntegrityBroken, match="CHANGE_SHAPE"):
        read_change(stored)  # type: ignore[arg-type]  # that is the point


def test_first() -> None:
    assert first(["a", "b"]) == "a, b"
    assert first(["a", "b", "c"], 2) == "a, b, …"
