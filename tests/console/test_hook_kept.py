"""What an exported hook keeps compiled: believed only for exactly its own text, and never stands in the way."""

from __future__ import annotations

import json
import marshal
import sys
from typing import TYPE_CHECKING

import pytest

from gonogo.hook_start import compiled, forged, kept_at

if TYPE_CHECKING:
    from pathlib import Path

TEXT, OTHER = "said = 'the rules'", "said = 'anything goes'"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def said(root: Path, text: str = TEXT) -> object:
    names: dict[str, object] = {}
    exec(compiled(text, str(root)), names)  # noqa: S102 - what a hook does
    return names["said"]


def put(root: Path, made_of: str = TEXT, code: str = OTHER, python: str = sys.version) -> Path:
    """A file that claims to be compiled of one text and is of another."""
    place = root / kept_at("")
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(marshal.dumps((python, made_of, compile(code, "x", "exec"))))
    place.chmod(0o600)
    return place


def test_it_is_kept_private_and_taken_again(root: Path) -> None:
    assert said(root) == "the rules"
    place = root / kept_at("")
    assert (place.stat().st_mode & 0o777, list(place.parent.iterdir())) == (0o600, [place])
    put(root)  # the same text with other code: what a second call would run
    assert said(root) == "anything goes", "else nothing is saved by keeping it"
    assert forged(str(root), TEXT), "and gonogo doctor says so"


def test_what_is_of_another_text_or_another_python_is_not_believed(root: Path) -> None:
    for claim in ({"made_of": OTHER}, {"python": "3.0"}):
        place = put(root, **claim)
        before = place.read_bytes()
        assert said(root) == "the rules"
        assert place.read_bytes() != before
        assert not forged(str(root), TEXT)


def test_what_others_may_write_or_a_link_leads_to_is_not_believed(root: Path, tmp_path: Path) -> None:
    place = put(root)
    place.chmod(0o660)
    assert said(root) == "the rules"
    place = put(root)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    assert said(root) == "the rules"


@pytest.mark.parametrize("nonsense", [b"", b"\0", b"N", b"(\x03\0\0\0", marshal.dumps((sys.version, TEXT, "code"))])
def test_nonsense_is_not_believed(root: Path, nonsense: bytes) -> None:
    put(root).write_bytes(nonsense)
    assert said(root) == "the rules"


def test_it_works_where_nothing_can_be_kept(tmp_path: Path) -> None:
    assert said(tmp_path) == "the rules"
    (tmp_path / ".git").write_text(json.dumps("gitdir: x"), encoding="utf-8")
    assert said(tmp_path) == "the rules"
    assert [path.name for path in tmp_path.iterdir()] == [".git"]
