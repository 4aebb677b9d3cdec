"""Signing with real ssh-keygen, ssh-agent and ssh-add: every way works, every failure has its code, nothing hangs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents import sshagent, sshkeys
from gonogo_agents.keychoice import KeyChoice
from gonogo_agents.sshkeys import choice_from_file, discover, is_encrypted, key_for, sign
from gonogo_agents.world import Command, Completed, ProgramMissing, World
from gonogo_evidence import sshsig
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.sshwire import PublicKey
from support.pty_session import Answers, at_terminal
from support.signing import SoftKey
from support.terminal import small_world

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "gonogo-signoff@v1"
MESSAGE = b'{"decision":"GO"}'
SECRET = "correct horse"  # noqa: S105 - of keys that live for one test


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


def make(home: Path, name: str, *options: str, secret: str = "", kind: str = "ed25519") -> Path:
    path = home / ".ssh" / name
    argv = ["ssh-keygen", "-q", "-t", kind, "-N", secret, "-C", f"{name} key", "-f", str(path), *options]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path


def public(path: Path) -> PublicKey:
    return PublicKey.from_line(path.with_name(path.name + ".pub").read_text())


@contextlib.contextmanager
def agent_at(*keys: Path, options: tuple[str, ...] = ()) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="gng"))  # short: a socket's path has 108 bytes
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(folder / "s")], stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 5
        while not (folder / "s").exists() and time.monotonic() < until:
            time.sleep(0.005)
        env = {**os.environ, "SSH_AUTH_SOCK": str(folder / "s")}
        for key in keys:
            subprocess.run(["ssh-add", "-q", *options, str(key)], env=env, check=True, stdin=subprocess.DEVNULL)
        yield str(folder / "s")
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@contextlib.contextmanager
def silent_agent() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="gng"))
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(folder / "s"))
        listener.listen(8)
        yield str(folder / "s")
    finally:
        listener.close()
        shutil.rmtree(folder)


def do_sign(world: World, key: KeyChoice | Path, *, interactive: bool = False) -> sshkeys.Signed:
    signed = sign(world, MESSAGE, key=key, namespace=NAMESPACE, interactive=interactive)
    sshsig.verify(MESSAGE, signed.signature, namespace=NAMESPACE)
    return signed


def failure(world: World, key: KeyChoice | Path, *, interactive: bool = False) -> GonogoError:
    with pytest.raises(GonogoError) as caught:
        do_sign(world, key, interactive=interactive)
    return caught.value


def never_run(command: Command) -> Completed:
    raise AssertionError(f"started {command.argv[0]}")


@pytest.mark.parametrize(("kind", "options"), [("ed25519", ()), ("ecdsa", ("-b", "384")), ("rsa", ("-b", "2048"))])
def test_a_key_file_signs(home: Path, kind: str, options: tuple[str, ...]) -> None:
    key = make(home, "id", *options, kind=kind)
    world = small_world(home)
    for named in (key, key.with_name("id.pub"), discover(world)[0]):
        signed = do_sign(world, named)
        assert (signed.method, signed.passphrase_prompted) == ("file", False)
        assert sshsig.parse(signed.signature).key == public(key)


def test_an_old_signature_file_beside_the_key_changes_nothing(home: Path) -> None:
    key = make(home, "id")
    (home / ".ssh" / "id.sig").write_text("old")
    do_sign(small_world(home), key)
    assert (home / ".ssh" / "id.sig").read_text() == "old"


def test_the_agent_signs_what_no_file_can(home: Path) -> None:
    key = make(home, "id")
    with agent_at(key) as path:
        world = small_world(home, SSH_AUTH_SOCK=path)
        key.unlink()
        (found,) = discover(world)
        assert (found.in_agent, found.private_file, found.public_file) == (True, None, key.with_name("id.pub"))
        assert do_sign(world, found).method == "agent"
        key.with_name("id.pub").unlink()
        (found,) = discover(world)
        assert (found.public_file, found.comment) == (None, "id key")
        assert do_sign(world, found).method == "agent"


def test_the_agent_signs_for_an_encrypted_file_without_asking(home: Path) -> None:
    key = make(home, "id")
    with agent_at(key) as path:
        subprocess.run(["ssh-keygen", "-q", "-p", "-N", SECRET, "-f", str(key)], check=True, stdout=subprocess.DEVNULL)
        world = small_world(home, SSH_AUTH_SOCK=path)
        signed = do_sign(world, key)
        assert (signed.method, signed.passphrase_prompted) == ("agent", False)


def test_an_encrypted_key_without_a_terminal_is_an_error_at_once(home: Path) -> None:
    key = make(home, "id", secret=SECRET)
    world = World(env={"HOME": str(home), "PATH": os.environ["PATH"]}, run=never_run)
    error = failure(world, key)
    assert (error.code, error.exit_code) == ("KEY_ENCRYPTED", 2)
    assert str(key) in str(error.next_step)


ASKED = r"Enter passphrase.*:"
PROGRAM = """
import json, os, sys, termios
from pathlib import Path
from gonogo_agents import sshkeys
from gonogo_agents.sshkeys import sign
from gonogo_agents.world import World
from gonogo_evidence.errors import GonogoError
sshkeys.TYPING_SECONDS = float(os.environ.get("PATIENCE", "60"))
try:
    signed = sign(World(), b"x", key=Path(sys.argv[1]), namespace="n", interactive=True)
    said = {"method": signed.method, "prompted": signed.passphrase_prompted}
except GonogoError as error:
    said = {"code": error.code}
said["echo"] = bool(termios.tcgetattr(0)[3] & termios.ECHO)
Path(sys.argv[2]).write_text(json.dumps(said))
"""


def at_a_terminal(home: Path, key: Path, steps: list[tuple[str, Any]], **env: str) -> dict[str, object]:
    out = home / "said.json"
    env = {"HOME": str(home), "PATH": os.environ["PATH"], **env}
    argv = [sys.executable, "-c", PROGRAM, str(key), str(out)]
    shown = at_terminal(argv, Answers(steps), cwd=home, env=env)
    assert shown.code == 0, shown.screen
    said: dict[str, object] = json.loads(out.read_text())
    return said


def test_at_a_terminal_the_passphrase_is_asked_for(home: Path) -> None:
    key = make(home, "id", secret=SECRET)
    assert at_a_terminal(home, key, [(ASKED, SECRET)]) == {"method": "file", "prompted": True, "echo": True}


def test_a_wrong_passphrase_is_an_error(home: Path) -> None:
    key = make(home, "id", secret=SECRET)
    assert at_a_terminal(home, key, [(ASKED, "wrong")]) == {"code": "KEY_PASSPHRASE", "echo": True}


def test_nobody_types_and_the_terminal_is_given_back_with_its_echo(home: Path) -> None:
    key = make(home, "id", secret=SECRET)
    assert at_a_terminal(home, key, [], PATIENCE="0.3") == {"code": "SIGN_TIMED_OUT", "echo": True}


def test_no_window_and_no_script_answers_for_the_operator(home: Path) -> None:
    key = make(home, "id", secret=SECRET)
    script = home / "askpass"
    script.write_text(f"#!/bin/sh\necho '{SECRET}'\ntouch '{home}/asked'\n")
    script.chmod(0o755)
    env = {"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    assert failure(small_world(home, **env), key).code == "KEY_ENCRYPTED"
    assert at_a_terminal(home, key, [(ASKED, SECRET)], **env) == {"method": "file", "prompted": True, "echo": True}
    assert not (home / "asked").exists()


def test_asking_without_a_terminal_of_our_own_is_not_asking(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make(home, "id", secret=SECRET)
    monkeypatch.setattr(sshkeys, "_has_terminal", lambda: False)
    assert failure(small_world(home), key, interactive=True).code == "KEY_ENCRYPTED"


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


def test_only_a_public_key_and_no_agent(home: Path) -> None:
    key = make(home, "id")
    key.unlink()
    for env in ({}, {"SSH_AUTH_SOCK": str(home / "nothing")}):
        error = failure(small_world(home, **env), key.with_name("id.pub"))
        assert (error.code, error.exit_code) == ("AGENT_MISSING", 3)


def test_a_key_that_others_can_read_is_refused_as_ssh_does(home: Path) -> None:
    key = make(home, "id")
    key.chmod(0o644)
    error = failure(small_world(home), key)
    assert (error.code, error.where) == ("KEY_MODE_OPEN", str(key))
    subprocess.run(str(error.next_step).split(), check=True)
    do_sign(small_world(home), key)


def test_a_key_that_is_not_there(home: Path) -> None:
    assert failure(small_world(home), home / "nowhere").code == "KEY_MISSING"
    key = make(home, "id")
    choice = choice_from_file(small_world(home), key)
    key.unlink()
    assert failure(small_world(home), choice).code == "KEY_MISSING"


def test_a_file_that_is_no_key(home: Path) -> None:
    for data in (b"hello\n", b"\xff\xfe", b"", b"x" * 100_000):
        (home / "id").write_bytes(data)
        assert failure(small_world(home), home / "id").code in {"PUBLIC_KEY_UNREADABLE", "KEY_UNREADABLE"}
    (home / "id").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
    assert failure(small_world(home), home / "id").code == "PUBLIC_KEY_MISSING"
    assert failure(small_world(home), home).code == "KEY_UNREADABLE"


def test_no_ssh_keygen(home: Path) -> None:
    key = make(home, "id")
    error = failure(World(env={"HOME": str(home), "PATH": str(home)}, run=_missing), key)
    assert (error.code, error.exit_code) == ("SSH_KEYGEN_MISSING", 3)


def _missing(command: Command) -> Completed:
    raise ProgramMissing(command.argv[0])


def test_a_private_file_of_another_key_is_not_taken_for_this_one(home: Path) -> None:
    key, other = make(home, "id"), make(home, "other")
    shutil.copy(other, key)
    world = small_world(home)
    assert choice_from_file(world, key.with_name("id.pub")).private_file is None
    assert choice_from_file(world, key).public == public(other)
    swapped = KeyChoice(public(key), None, other, "", in_agent=False, encrypted=False, hardware=False)
    error = failure(world, swapped)
    assert (error.code, type(error)) == ("KEY_WRONG", Refused)


def answering(code: int | None, stdout: bytes = b"", stderr: bytes = b"") -> World:
    return World(env={"PATH": "/x", "HOME": "/x"}, run=lambda _: Completed(code, stdout, stderr, 1))


def test_a_signature_that_is_none_is_never_handed_on(home: Path) -> None:
    key = choice_from_file(small_world(home), make(home, "id"))
    for stdout in (b"", b"garbage", SoftKey(1).sign(b"other", NAMESPACE)):
        with pytest.raises((IntegrityBroken, Refused)):
            do_sign(answering(0, stdout), key)


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        (b"Couldn't sign message: device not found\r\n", "HARDWARE_KEY_ABSENT"),
        (b"unknown option -- Y\nusage: ssh-keygen", "SSH_KEYGEN_TOO_OLD"),
        (b"Couldn't load: \x1b[31mstrange\n\n", "SIGN_FAILED"),
        (b"", "SIGN_FAILED"),
    ],
)
def test_other_failures_have_their_words(home: Path, stderr: bytes, code: str) -> None:
    error = failure(answering(255, b"", stderr), choice_from_file(small_world(home), make(home, "id")))
    assert (error.code, error.exit_code) == (code, 3)
    assert "\x1b" not in str(error.what)


def test_a_good_signature_over_something_else_is_never_handed_on(home: Path) -> None:
    key, file = SoftKey(1), home / "key"
    file.touch(mode=0o600)
    choice = KeyChoice(key.public, None, file, "", in_agent=False, encrypted=False, hardware=False)
    do_sign(answering(0, key.sign(MESSAGE, NAMESPACE)), choice)
    for stdout in (key.sign(b"other", NAMESPACE), key.sign(MESSAGE, "file")):
        with pytest.raises(IntegrityBroken):
            do_sign(answering(0, stdout), choice)


def test_a_hardware_key_is_its_own_method(home: Path) -> None:
    key = SoftKey(3, flags=1)
    file = home / "sk"
    file.write_text("x")
    file.chmod(0o600)
    choice = KeyChoice(key.public, None, file, "", in_agent=False, encrypted=False, hardware=True)
    signed = do_sign(answering(0, key.sign(MESSAGE, NAMESPACE)), choice)
    assert signed.method == "hardware"
    assert sshsig.parse(signed.signature).user_present


def test_the_tools_get_a_small_environment(home: Path) -> None:
    seen: list[Command] = []

    def watch(command: Command) -> Completed:
        seen.append(command)
        return Completed(0, b"", b"", 1)

    key = choice_from_file(small_world(home), make(home, "id"))
    env = {
        "HOME": "/h",
        "PATH": "/p",
        "SSH_AUTH_SOCK": "/s",
        "DISPLAY": ":0",
        "LD_PRELOAD": "/evil",
        "TZ": "Asia/Tokyo",
    }
    with pytest.raises(IntegrityBroken):
        sign(World(env=env, run=watch), MESSAGE, key=key, namespace=NAMESPACE, interactive=False)
    discover(World(env=env, run=watch))
    fixed = {"HOME": "/h", "PATH": "/p", "LC_ALL": "C", "TZ": "UTC", "SSH_ASKPASS_REQUIRE": "never"}
    assert [command.env for command in seen] == [fixed, {**fixed, "SSH_AUTH_SOCK": "/s"}]
    assert all(command.own_session for command in seen)
    assert seen[0].stdin == MESSAGE


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
