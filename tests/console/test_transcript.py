"""The README's transcript, replayed on a real terminal, in English and German: run, sign with typed words, verify."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.desk import GONOGO, make_desk
from support.pty_session import Answers, at_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.desk import Desk
    from support.pty_session import Shown

README = Path(__file__).parents[2] / "README.md"
QUESTIONS = {
    "en": (r"Your name as signer \[ada@desk\]:", r"Type yes:", "yes", r"to sign GO:"),
    "de": (r"\[ada@desk\]:", r"ja[^\n]*:", "ja", r"GO[^\n]*:"),
}
WORDS = re.compile(r"\b([a-z]{4,7}-[a-z]{4,7}-[a-z]{4,7}-[a-z]{4,7})\b")
VOLATILE = (
    (re.compile(r"(to sign GO:) [a-z]+ [a-z]+ [a-z]+ [a-z]+$"), r"\1 <words>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<commit>"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "<commit>"),
    (re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{6}\b"), "<run>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b|\b\d\d\.\d\d\.\d{4}\b"), "<day>"),
    (re.compile(r"EVP-[A-Z0-9]+-L\d-\d{8}-\d{3}"), "<pack>"),
    (re.compile(r"SHA256:[A-Za-z0-9+/]{43}"), "<key>"),
    (re.compile(r" +\d+ ms"), " <ms>"),
    (re.compile(r"isolation: (sealed|process|none)"), "isolation: <level>"),
    (re.compile(r"\d[\d,.]* (files|Dateien|tests|Tests|bytes|Bytes)"), r"<n> \1"),
    (re.compile(r"/\S+/"), "<path>/"),
)


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def screens(folder: Path, language: str) -> tuple[Shown, Shown, Shown]:
    """What a newcomer sees who runs, mistypes the words once, signs and verifies."""
    desk = make_desk(folder)
    desk.env.update({"GONOGO_LANG": language, "TERM": "dumb"})
    name, enrol, yes, sign = QUESTIONS[language]
    answers: list[tuple[str, str | Callable[[str], str]]] = [(sign, "no such words"), (sign, words)]
    return (
        at(desk, ["run", "--layer", "L0", "--reason", "first try"], [(name, ""), (enrol, yes)]),
        at(desk, ["sign", "latest", "--decision", "GO", "--reason", "seen"], answers),
        at(desk, ["verify", "latest"], []),
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("newcomer")


def test_run_sign_verify_at_a_terminal(place: Path, language: str) -> None:
    ran, signed, verified = screens(place / language, language)
    assert ran.code == 4, ran.screen
    assert ran.screen.count("PASS") >= 9
    assert signed.code == 0, signed.screen
    assert "typed" in signed.screen
    assert verified.code == 0, verified.screen
    assert verified.screen.strip().splitlines()[-1] == "authentic yes · verdict PASS · decision GO"


def test_mistyped_words_sign_nothing(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    desk.env["TERM"] = "dumb"
    desk.enrol()
    desk.run()
    shown = at(
        desk,
        ["sign", "latest", "--decision", "GO", "--reason", "seen"],
        [(QUESTIONS["en"][3], "one two three four")] * 3,
    )
    assert shown.code == 5
    assert "PRESENCE_NOT_SHOWN" in shown.screen
    assert desk.json("show", "latest", code=0)["state"] == "AWAITING_OPERATOR"


def test_the_readme_shows_what_the_screen_shows(place: Path) -> None:
    shown = README.read_text(encoding="utf-8").split("```console\n", 1)[1].split("```", 1)[0]
    real = [still(line) for seen in screens(place / "en", "en") for line in seen.screen.splitlines()]
    for line in shown.splitlines():
        if line.strip() and not line.startswith("$ ") and line.strip() != "…":
            assert still(line) in real, line


def at(desk: Desk, arguments: list[str], answers: Sequence[tuple[str, str | Callable[[str], str]]]) -> Shown:
    """Run gonogo at a terminal, in the repository."""
    return at_terminal([*GONOGO, *arguments], Answers(answers), cwd=desk.repo.path, env=desk.environment())


def words(screen: str) -> str:
    """The words of the digest, as a person reads them from the card."""
    found: list[str] = WORDS.findall(screen)
    return found[-1].replace("-", " ")


def still(line: str) -> str:
    """A line without what differs from run to run."""
    line = WORDS.sub("<words>", line)
    for pattern, instead in VOLATILE:
        line = pattern.sub(instead, line)
    return re.sub(r"\s+", " ", line).strip()
