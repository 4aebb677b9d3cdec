"""Sheets that are kept and sent: the same again, and nothing at all where a byte of them changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.docs import beside as beside_module
from gonogo_policies.docs.beside import Beside
from gonogo_policies.docs.library import Library, parse
from gonogo_policies.docs.sheets import NAME, from_json, keep, load, to_json
from support.gates import write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOTS = frozenset({"docs", "src"})
SOURCE = "# A b\n\n[x](b.md#L3) `docs/a.py::t` ![i](c.png) [self](#a-b) docs/q.md:4-5\n"


@given(st.text(alphabet="[]()`#<>./:-\n adocs", max_size=80))
def test_a_sheet_comes_back_as_it_went(text: str) -> None:
    sheet = parse(SOURCE + text, ROOTS)
    assert from_json(json.loads(json.dumps(to_json(sheet)))) == sheet


def test_what_was_kept_is_there_for_the_same_parser_and_roots_only(tmp_path: Path) -> None:
    sheets = {"b" * 40: parse(SOURCE, ROOTS)}
    keep(tmp_path, ROOTS, sheets)
    assert load(tmp_path, ROOTS) == sheets
    assert load(tmp_path, ROOTS | {"more"}) == {}
    assert load(tmp_path / "nowhere", ROOTS) == {}


def test_a_changed_byte_anywhere_makes_it_hold_nothing(tmp_path: Path) -> None:
    keep(tmp_path, ROOTS, {"b" * 40: parse(SOURCE, ROOTS)})
    whole = (tmp_path / NAME).read_bytes()
    for at in range(0, len(whole), 7):
        (tmp_path / NAME).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert load(tmp_path, ROOTS) == {}
    for cut in (0, 10, 64, 65, len(whole) - 1):
        (tmp_path / NAME).write_bytes(whole[:cut])
        assert load(tmp_path, ROOTS) == {}


@pytest.mark.parametrize("sheets", ['{"b": 1}', '{"b": [[[1, 2]], null]}', "[]", '{"b": [null, null]}'])
def test_another_shape_with_a_right_digest_holds_nothing(sheets: str, tmp_path: Path) -> None:
    keep(tmp_path, ROOTS, {})
    body = (tmp_path / NAME).read_bytes().partition(b"\n")[2].replace(b'"sheets":{}', f'"sheets":{sheets}'.encode())
    (tmp_path / NAME).write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert load(tmp_path, ROOTS) == {}


def started(argv: list[str]) -> bytes | None:
    """Run the program for real."""
    done = subprocess.run(argv, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Callable[[list[str]], bytes | None]) -> Beside:
    """Documents of which a second process gets a part, though they are few; one of them is no text."""
    files: dict[str, str | bytes] = {f"docs/{number}.md": SOURCE * (number + 1) for number in range(6)}
    write(tmp_path / "tree", {**files, "docs/bad.md": b"\xff" * 1000})
    monkeypatch.setattr(beside_module, "WORTH", 1)
    monkeypatch.setattr(beside_module, "cores", lambda: 2)
    (tmp_path / "output").mkdir()
    found = Beside(start, tmp_path / "tree", tmp_path / "output")
    found.ask({path: path for path in (*files, "docs/bad.md", "docs/gone.md")}, ROOTS)
    return found


def test_another_process_gives_the_same_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = desk(tmp_path, monkeypatch, started)
    answers = beside.answers()
    assert beside.asked
    assert answers.keys() == beside.asked - {"docs/bad.md", "docs/gone.md"}
    library = Library(lambda path: (tmp_path / "tree" / path).read_text(), ROOTS)
    assert answers == {path: library.sheet(path) for path in answers}


def garbage(argv: list[str]) -> bytes | None:
    """A program that answers with half of its words."""
    whole = started(argv)
    assert whole
    return whole[:-20]


@pytest.mark.parametrize("start", [garbage, lambda argv: None, lambda argv: b"[null]", lambda argv: b'{"a": 1}'])  # noqa: ARG005
def test_a_process_that_fails_answers_nothing(
    start: Callable[[list[str]], bytes | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk(tmp_path, monkeypatch, start).answers() == {}


def test_few_documents_start_no_process(tmp_path: Path) -> None:
    def never(argv: list[str]) -> bytes | None:
        raise AssertionError(argv)

    write(tmp_path, {"a.md": "x"})
    beside = Beside(never, tmp_path, tmp_path)
    beside.ask({"a.md": "a.md"}, ROOTS)
    assert (beside.asked, beside.answers()) == (frozenset(), {})
