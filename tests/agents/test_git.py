"""Git by argv: what is kept out of its environment, and what its refusals say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_agents import git
from gonogo_agents.world import Command, Completed, ProgramMissing, World
from gonogo_evidence.errors import BadInput, Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.fast


def _world(answer: Callable[[Command], Completed], **env: str) -> World:
    return World(env=env, run=answer)


def _says(stderr: str, code: int | None = 128) -> Callable[[Command], Completed]:
    return lambda _: Completed(code, b"", stderr.encode(), 1)


def test_nothing_from_outside_redirects_git(tmp_path: Path) -> None:
    seen: list[Command] = []

    def run(command: Command) -> Completed:
        seen.append(command)
        return Completed(0, b"ok\n", b"", 1)

    outside = {
        "PATH": "/bin",
        "HOME": "/home/a",
        "GIT_DIR": "/evil/.git",
        "GIT_WORK_TREE": "/evil",
        "GIT_INDEX_FILE": "/evil/index",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": "/evil/run",
        "GIT_CONFIG_PARAMETERS": "'core.pager=evil'",
        "GIT_EXTERNAL_DIFF": "/evil/run",
        "LANGUAGE": "de",
        "LC_ALL": "de_DE.UTF-8",
    }
    assert git.operator_git(_world(run, **outside), tmp_path)("status") == b"ok\n"
    command = seen[-1]  # the fence is tried before
    assert command.env is not None
    assert not [value for value in command.env.values() if "evil" in value]
    assert command.env["LC_ALL"] == "C"
    assert "LANGUAGE" not in command.env
    assert command.env["GIT_OPTIONAL_LOCKS"] == "0"
    assert command.env["GIT_TERMINAL_PROMPT"] == "0"
    assert command.env["GIT_NO_REPLACE_OBJECTS"] == "1"
    assert command.env["HOME"] == "/home/a"
    settings = {value for flag, value in zip(command.argv, command.argv[1:], strict=False) if flag == "-c"}
    assert {"core.fsmonitor=false", "core.hooksPath=/dev/null", "core.quotepath=off"} <= settings
    assert command.argv[0] == "git"
    assert command.argv[-1] == "status"


def test_a_git_directory_of_our_own_sees_no_configuration_of_the_operator(tmp_path: Path) -> None:
    environment = dict(
        git.own_git(_world(_says(""), HOME="/home/a", XDG_CONFIG_HOME="/home/a/x"), tmp_path).environment
    )
    assert environment["GIT_CONFIG_GLOBAL"] == "/dev/null"
    assert environment["GIT_CONFIG_NOSYSTEM"] == "1"
    assert "/home/a" not in " ".join(environment.values())


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        ("fatal: not a git repository (or any of the parent directories): .git", "NOT_A_REPOSITORY"),
        ("fatal: detected dubious ownership in repository at '/srv/x'", "REPOSITORY_OWNER"),
        ("fatal: this operation must be run in a work tree", "REPOSITORY_BARE"),
    ],
)
def test_refusals_of_git_are_said_in_words(tmp_path: Path, stderr: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        git.operator_git(_world(_says(stderr)), tmp_path)("rev-parse")
    assert caught.value.code == code
    assert caught.value.next_step is not None
    assert caught.value.where == str(tmp_path)


def test_an_unknown_failure_is_inconclusive_and_quotes_git_without_control_characters(tmp_path: Path) -> None:
    with pytest.raises(Inconclusive) as caught:
        git.operator_git(_world(_says("\n\x1b[31mfatal: odd\x07 thing\nmore")), tmp_path)("gc")
    assert caught.value.code == "GIT_FAILED"
    assert "?[31mfatal: odd? thing" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_git_that_is_missing_too_slow_or_without_a_place(tmp_path: Path) -> None:
    def gone(_: Command) -> Completed:
        raise ProgramMissing("git")

    with pytest.raises(BadInput) as missing:
        git.operator_git(_world(gone), tmp_path)("status")
    assert missing.value.code == "GIT_MISSING"
    with pytest.raises(Inconclusive) as slow:
        git.operator_git(_world(_says("", None)), tmp_path)("status")
    assert slow.value.code == "GIT_TIMEOUT"
    with pytest.raises(BadInput) as nowhere:
        git.operator_git(_world(_says("")), tmp_path / "not there")("status")
    assert nowhere.value.code == "FOLDER_NOT_FOUND"
    with pytest.raises(BadInput) as nul:
        git.operator_git(_world(_says("")), tmp_path)("rev-parse", "a\0b")
    assert nul.value.code == "GIT_ARGUMENT"


@pytest.mark.parametrize("ref", ["", " ", "-x", "--output=/tmp/x", "a\nb", "a\0b", "main\x1b[0m"])
def test_a_ref_is_never_an_option(ref: str) -> None:
    with pytest.raises(BadInput) as caught:
        git.check_ref(ref)
    assert caught.value.code == "REF_UNKNOWN"


@pytest.mark.parametrize("ref", ["main", "HEAD~2", "v1.0^{}", "feature/ü", "main@{upstream}", "a1b2c3d"])
def test_ordinary_refs_pass(ref: str) -> None:
    assert git.check_ref(ref) == ref
