"""An ssh-agent that is silent, refuses or has lost the key: said, and never waited for without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_agents import sshagent, sshkeys
from gonogo_agents.keychoice import KeyChoice
from gonogo_agents.sshkeys import discover, key_for
from gonogo_evidence.errors import Inconclusive
from support.sshdesk import agent_at, do_sign, failure, make, public, silent_agent
from support.terminal import small_world

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


def test_an_agent_that_never_answers_is_given_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshagent, "SECONDS", 0.2)
    key = make(home, "id")
    with silent_agent() as path:
        world = small_world(home, SSH_AUTH_SOCK=path)
        (found,) = discover(world)
        assert not found.in_agent
        assert do_sign(world, found).method == "file"
        key.unlink()
        (found,) = discover(world)
        assert failure(world, found).code == "AGENT_SILENT"
        with pytest.raises(Inconclusive) as caught:
            key_for(world, public(key))
        assert caught.value.code == "AGENT_SILENT"


def test_an_agent_that_falls_silent_while_it_signs_is_given_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshkeys, "SECONDS", 0.2)
    key = make(home, "id")
    choice = KeyChoice(public(key), None, None, "", in_agent=True, encrypted=None, hardware=False)
    with silent_agent() as path:
        error = failure(small_world(home, SSH_AUTH_SOCK=path), choice)
    assert (error.code, error.exit_code) == ("SIGN_TIMED_OUT", 3)


def test_an_agent_that_refuses_is_said_to(home: Path) -> None:
    key = make(home, "id")
    with agent_at(key, options=("-c",)) as path:  # asks for a confirmation that nobody can give
        key.unlink()
        world = small_world(home, SSH_AUTH_SOCK=path)
        error = failure(world, discover(world)[0])
    assert (error.code, error.exit_code) == ("AGENT_REFUSED", 5)


def test_a_key_that_left_the_agent_is_said_to(home: Path) -> None:
    key, other = make(home, "id"), make(home, "other")
    with agent_at(other) as path:
        world = small_world(home, SSH_AUTH_SOCK=path)
        gone = KeyChoice(public(key), None, None, "", in_agent=True, encrypted=None, hardware=False)
        assert failure(world, gone).code == "KEY_NOT_IN_AGENT"
        key.unlink()
        assert failure(world, key.with_name("id.pub")).code == "KEY_NOT_IN_AGENT"
