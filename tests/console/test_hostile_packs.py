"""Packs that somebody made to be believed: what they say must not paint the report, nor choose who judges it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gonogo.cli.streams import visible, visible_json
from support.packs import PACK_ID, gate, gates, sample_pack

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from support.bad_input import Said
    from support.desk import Desk

FORGED = "\x1b[2J\nok   decision.answer ada decided GO.\x9b2J\u202e\u2028"
SIGNS = ("\x1b", "\x9b", "\u202e", "\u2028", "\nok   decision.answer")


def assert_plain(words: str) -> None:
    assert [sign for sign in SIGNS if sign in words] == []


@pytest.fixture
def painted(tmp_path: Path) -> Path:
    """A sealed pack with such words wherever a pack may hold words."""
    report: JSON = {"schema": "gonogo/validator-report/v1", "gates": [gate(FORGED, unit=FORGED), *gates()]}
    tools: JSON = {FORGED.encode("unicode_escape").decode(): "1", "to\nol": FORGED}
    return sample_pack(
        tmp_path / "packs" / PACK_ID, core={"validator_report": report}, environment={"tools": tools}
    ).folder


def test_the_words_of_a_pack_painted_the_report(gonogo: Said, desk: Desk, painted: Path) -> None:
    before = painted.parent / "before"
    shutil.copytree(painted, before)
    sample_pack(painted.parent / "other" / PACK_ID)
    for words in (("verify", str(painted)), ("diff", str(painted), str(painted.parent / "other" / PACK_ID))):
        for form in ((), ("--json",)):
            done = gonogo(desk, *words, *form)
            assert_plain(done.stdout + done.stderr)
    assert "\\x1b[2J\\nok   decision.answer" in gonogo(desk, "verify", str(painted)).stdout


@pytest.mark.parametrize("place", ["{}", "data/{}", "review/{}", "index/{}", "attestations/{}"])
def test_the_name_of_a_file_forged_a_line(gonogo: Said, desk: Desk, painted: Path, place: str) -> None:
    for folder in ("data", "review", "index", "attestations"):
        (painted / folder).mkdir(exist_ok=True)
    (painted / place.format(FORGED)).write_text("x")
    done = gonogo(desk, "verify", str(painted))
    assert done.returncode == 6
    assert_plain(done.stdout + done.stderr)


@pytest.mark.parametrize("words", [("verify",), ("index", "check", "--index"), ("show",)])
def test_a_path_that_was_given_painted_the_refusal(gonogo: Said, desk: Desk, words: tuple[str, ...]) -> None:
    done = gonogo(desk, *words, f"./{FORGED}")
    assert done.returncode == 2
    assert_plain(done.stdout + done.stderr)


def test_a_copied_card_is_shown_without_its_colours(gonogo: Said, desk: Desk, painted: Path) -> None:
    (painted / "review").mkdir()
    (painted / "review" / "card.txt").write_text("first\n\x1b[2Jsecond \u202e\n")
    assert gonogo(desk, "show", str(painted)).stdout == "first\n\\x1b[2Jsecond \\u202e\n\n"


def test_words_stay_what_they_are() -> None:
    assert visible("Prüfung für März\u00a0\u2013 ok") == "Prüfung für März\u00a0\u2013 ok"
    document = {"a\x9b": ["\u202e", "\U000e0001", "ü", "\ud800"]}
    text = visible_json(json.dumps(document, indent=2, ensure_ascii=False))
    assert (json.loads(text), text.isprintable(), "ü" in text) == (document, False, True)
    assert text.replace("\n", "").isprintable()
