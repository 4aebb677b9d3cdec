"""Which keys there are and which one signs: files, the agent, a file that is named."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from gonogo_agents.sshkeys import choice_from_file, discover, is_encrypted, key_for
from gonogo_agents.world import World
from gonogo_evidence.errors import BadInput
from support.signing import SoftKey
from support.sshdesk import SECRET, make, public
from support.terminal import small_world

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


@pytest.mark.parametrize("options", [(), ("-m", "PEM"), ("-m", "PKCS8")])
def test_whether_a_key_is_encrypted_is_seen_without_its_secret(home: Path, options: tuple[str, ...]) -> None:
    kind = "rsa" if options else "ed25519"
    bits = ("-b", "2048") if options else ()
    assert is_encrypted(make(home, "open", *bits, *options, kind=kind)) is False
    assert is_encrypted(make(home, "closed", *bits, *options, kind=kind, secret=SECRET)) is True
    assert is_encrypted(home / ".ssh" / "open.pub") is None
    with pytest.raises(BadInput):
        is_encrypted(home / "nowhere")


def test_an_encrypted_key_tells_whose_it_is(home: Path) -> None:
    key = make(home, "id", secret=SECRET)
    expected = public(key)
    key.with_name("id.pub").unlink()
    choice = choice_from_file(small_world(home), key)
    assert (choice.public, choice.encrypted, choice.public_file) == (expected, True, None)


def test_discovery_passes_over_what_is_no_key(home: Path) -> None:
    good = make(home, "id")
    folder = home / ".ssh"
    (folder / "junk.pub").write_bytes(b"\xff\n")
    (folder / "old.pub").write_text("ssh-dss AAAA me\n")
    (folder / "folder.pub").mkdir()
    (folder / "dangling.pub").symlink_to("nothing")
    (folder / "copy.pub").write_bytes(good.with_name("id.pub").read_bytes())
    found = discover(small_world(home))
    assert [choice.public for choice in found] == [public(good)]
    assert discover(World(env={"HOME": str(home / "none")})) == []


def test_the_key_that_asks_nothing_is_preferred(home: Path) -> None:
    closed, plain = make(home, "a", secret=SECRET), make(home, "b")
    world = small_world(home)
    both = [public(closed), public(plain)]
    assert key_for(world, both).private_file == plain
    assert key_for(world, public(closed)).private_file == closed
    with pytest.raises(BadInput) as caught:
        key_for(world, SoftKey(1).public)
    assert caught.value.code == "KEY_NOT_FOUND"


def test_a_hint_finds_a_key_that_lies_elsewhere(home: Path) -> None:
    key = make(home, "id")
    elsewhere = home / "keys"
    elsewhere.mkdir()
    wanted = public(key)
    for name in ("id", "id.pub"):
        shutil.move(home / ".ssh" / name, elsewhere / name)
    world = small_world(home)
    assert key_for(world, wanted, hint=elsewhere / "id.pub").private_file == elsewhere / "id"
    for hint in (None, home / "nowhere"):
        with pytest.raises(BadInput):
            key_for(world, wanted, hint=hint)
