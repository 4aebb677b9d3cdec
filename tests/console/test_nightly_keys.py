"""No night begins with a key in reach: what counts as one, and what does not."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gonogo.nightly.keyless import in_reach, refuse_keys
from gonogo_agents.world import World
from gonogo_evidence.errors import Refused
from support.desk import Desk, make_desk, make_key

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def reach(desk: Desk, **env: str) -> list[str]:
    """Where keys are in reach of a desk."""
    return list(in_reach(World(env=desk.environment(**env)), desk.repo.path, None))


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, commits=(), key=False)


@contextmanager
def agent(folder: Path, *keys: Path) -> Generator[str, None, None]:
    """A real ssh-agent with these keys, by its socket."""
    socket = folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert process.poll() is None
        for key in keys:
            subprocess.run(
                ["ssh-add", "-q", str(key)], check=True, env={"SSH_AUTH_SOCK": str(socket), "PATH": os.environ["PATH"]}
            )
        yield str(socket)
    finally:
        process.kill()
        process.wait()


def test_nothing_is_in_reach_of_a_bare_machine(bare: Desk) -> None:
    (bare.home / ".ssh").mkdir()
    (bare.home / ".ssh" / "known_hosts").write_text("host ssh-ed25519 AAAA\n")
    (bare.home / ".ssh" / "id.pub").write_text("ssh-ed25519 AAAA ada\n")
    assert reach(bare) == []
    refuse_keys(World(env=bare.environment()), bare.repo.path, bare.home / ".ssh" / "id.pub")


@pytest.mark.parametrize(("place", "passphrase"), [("id_ed25519", ""), ("id_ed25519", "x"), ("work/deploy", "")])
def test_a_key_file_is_in_reach_encrypted_or_not_wherever_it_lies(bare: Desk, place: str, passphrase: str) -> None:
    key = make_key(bare.home / ".ssh" / place, passphrase=passphrase)
    key.with_name(f"{key.name}.pub").unlink()
    assert reach(bare) == [str(key)]


def test_a_linked_folder_may_hold_a_key(bare: Desk, tmp_path: Path) -> None:
    make_key(tmp_path / "elsewhere" / "id")
    (bare.home / ".ssh").mkdir(exist_ok=True)
    (bare.home / ".ssh" / "work").symlink_to(tmp_path / "elsewhere")
    assert reach(bare) == [str(bare.home / ".ssh" / "work")]


def test_a_bare_name_in_gits_settings_is_a_file_and_an_id_is_none(bare: Desk) -> None:
    bare.repo.git("config", "user.signingkey", "0A1B2C3D4E5F")
    assert reach(bare) == []
    key = make_key(bare.repo.path / "keys" / "id")
    bare.repo.git("config", "user.signingkey", "keys/id")
    assert reach(bare) == [str(key)]


def test_gits_settings_that_cannot_be_read_count_as_a_key(bare: Desk) -> None:
    (bare.home / ".gitconfig").write_text("[user\n")
    assert reach(bare) == ["git config user.signingkey"]


def test_an_agent_with_a_key_is_in_reach_and_an_empty_one_is_not(bare: Desk, tmp_path: Path) -> None:
    key = make_key(tmp_path / "elsewhere" / "id")
    with agent(tmp_path) as socket:
        assert reach(bare, SSH_AUTH_SOCK=socket) == []
    (tmp_path / "agent").unlink(missing_ok=True)
    with agent(tmp_path, key) as socket:
        assert reach(bare, SSH_AUTH_SOCK=socket) == ["$SSH_AUTH_SOCK"]


def test_an_agent_that_does_not_answer_counts_as_a_key(bare: Desk, tmp_path: Path) -> None:
    assert reach(bare, SSH_AUTH_SOCK=str(tmp_path / "gone")) == ["$SSH_AUTH_SOCK"]


def test_a_key_in_a_variable_is_named_and_never_shown(bare: Desk, tmp_path: Path) -> None:
    secret = make_key(tmp_path / "k").read_text()
    with pytest.raises(Refused) as refused:
        refuse_keys(World(env=bare.environment(DEPLOY_KEY=secret)), bare.repo.path, None)
    assert (refused.value.code, refused.value.where) == ("NIGHT_HOLDS_KEY", "$DEPLOY_KEY")
    assert "PRIVATE" not in str(refused.value.what)


def test_the_file_that_enrolment_or_git_names_is_in_reach(bare: Desk, tmp_path: Path) -> None:
    key = make_key(tmp_path / "keys" / "id")
    world = World(env=bare.environment())
    assert list(in_reach(world, bare.repo.path, key.with_name("id.pub"))) == [str(key.with_name("id.pub"))]
    bare.repo.git("config", "user.signingkey", str(key))
    assert reach(bare) == [str(key)]
    bare.repo.git("config", "user.signingkey", "0xABCDEF")
    assert reach(bare) == []


def test_with_a_key_no_night_begins(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    done = desk.gonogo("nightly", "--operator", "ci", "--out", str(tmp_path / "out"))
    assert (done.returncode, "NIGHT_HOLDS_KEY" in done.stderr) == (5, True)
    assert not (tmp_path / "out").exists()
    assert desk.json("inbox", "--all", code=0)["runs"] == []
