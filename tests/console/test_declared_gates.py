"""``gonogo init`` enrols the protected base's gates; a commit under review does not bring its own unseen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.bad_input import refused
from support.desk import CHANGE, CLEAN, GONOGO, make_desk
from support.pty_session import Answers, at_terminal
from support.repos import make_repo

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from support.bad_input import Said
    from support.desk import Desk
    from support.pty_session import Shown

FILE = ".gonogo/gates.toml"


def gates(*argv: str) -> str:
    return (
        'schema = "gonogo/gates/v1"\n\n[[gate]]\nname = "checks"\nkind = "command"\nhard = true\nstep = "E"\n'
        f"argv = {json.dumps(list(argv))}\n"
    )


OLD, NEW = gates("make", "checks"), gates("curl", "evil.example")


def init(gonogo: Said, desk: Desk, *more: str) -> subprocess.CompletedProcess[str]:
    return gonogo(desk, "init", "--yes", "--operator", "ada", "--public-key", f"{desk.key}.pub", *more)


def enrolled(desk: Desk) -> str | None:
    path = desk.trust_folders()[0] / "gates.toml"
    return path.read_text() if path.exists() else None


def nobody(desk: Desk) -> bool:
    return not (desk.home / ".config" / "gonogo").exists()


def at(desk: Desk, answers: list[tuple[str, str]], *words: str) -> Shown:
    argv = [*GONOGO, "init", *words]
    return at_terminal(argv, Answers(answers), cwd=desk.repo.path, env=desk.environment(TERM="dumb"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The commit under review changes the gates."""
    return make_desk(tmp_path, {**CLEAN, FILE: OLD}, ({FILE: NEW},))


def test_without_a_terminal_a_difference_must_be_answered(gonogo: Said, desk: Desk) -> None:
    refused(init(gonogo, desk), "GATES_DIFFER", 2)
    assert nobody(desk)
    assert init(gonogo, desk, "--gates", "base").returncode == 0
    assert enrolled(desk) == OLD


def test_the_commits_own_are_taken_when_they_are_asked_for(gonogo: Said, desk: Desk) -> None:
    done = init(gonogo, desk, "--gates", "head")
    assert done.returncode == 0
    assert "curl evil.example" in done.stderr
    assert "the commit under review" in done.stderr
    assert enrolled(desk) == NEW


def test_gates_that_the_commit_brings_first_are_a_difference_too(gonogo: Said, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, CLEAN, ({FILE: NEW},))
    refused(init(gonogo, desk), "GATES_DIFFER", 2)
    assert init(gonogo, desk, "--gates", "base").returncode == 0
    assert enrolled(desk) is None


@pytest.mark.parametrize("files", [{**CLEAN, FILE: OLD}, CLEAN])
def test_where_nothing_differs_nothing_is_asked(gonogo: Said, tmp_path: Path, files: dict[str, str]) -> None:
    desk = make_desk(tmp_path, files, (CHANGE,))
    assert init(gonogo, desk).returncode == 0
    assert enrolled(desk) == files.get(FILE)


def test_the_only_commit_has_nothing_to_differ_from(gonogo: Said, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, {**CLEAN, FILE: OLD}, ())
    assert init(gonogo, desk).returncode == 0
    assert enrolled(desk) == OLD


def test_a_fresh_clone_of_a_branch_that_changed_its_gates_asks_nothing(
    gonogo: Said, desk: Desk, tmp_path: Path
) -> None:
    clone = make_repo(tmp_path / "other", CLEAN)
    clone.git("clone", "-q", str(desk.repo.path), str(tmp_path / "clone"))
    desk.repo.path = tmp_path / "clone"
    assert init(gonogo, desk).returncode == 0
    assert enrolled(desk) == NEW
    desk.repo.commit({FILE: gates("rm", "-rf", "x")})
    refused(init(gonogo, desk), "GATES_DIFFER", 2)


def test_at_a_terminal_the_difference_is_shown_and_asked_about(desk: Desk) -> None:
    shown = at(desk, [(r"signer \[ada@desk\]:", "ada"), (r"base or head:", "base"), (r"Type yes:", "yes")])
    assert shown.code == 0, shown.screen
    assert '-argv = ["make", "checks"]' in shown.screen
    assert '+argv = ["curl", "evil.example"]' in shown.screen
    assert "and gates may run: make checks (.gonogo/gates.toml@" in shown.screen
    assert "the first parent" in shown.screen
    assert enrolled(desk) == OLD


def test_no_answer_enrols_nobody(desk: Desk) -> None:
    shown = at(desk, [(r"signer \[ada@desk\]:", "ada"), (r"base or head:", "")])
    assert (shown.code, "GATES_NOT_CHOSEN" in shown.screen) == (2, True)
    assert nobody(desk)


def test_a_command_cannot_hide_itself_on_the_screen(gonogo: Said, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, {**CLEAN, FILE: gates("sh", "-c", "evil\x1b[2K\x1b[1Gtrue")}, (CHANGE,))
    done = init(gonogo, desk)
    assert "\x1b" not in done.stderr
    assert "evil" in done.stderr


def test_what_stands_in_the_store_already_is_said_to_stay(gonogo: Said, desk: Desk) -> None:
    init(gonogo, desk, "--gates", "base")
    done = init(gonogo, desk, "--gates", "head")
    assert "stays as it is" in done.stderr
    assert enrolled(desk) == OLD
