"""Signing with real ssh-keygen, ssh-agent and ssh-add: every way works, every failure has its code, nothing hangs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents import sshkeys
from gonogo_agents.keychoice import KeyChoice
from gonogo_agents.sshkeys import choice_from_file, discover, sign
from gonogo_agents.world import Command, Completed, ProgramMissing, World
from gonogo_evidence import sshsig
from gonogo_evidence.errors import IntegrityBroken, Refused
from support.pty_session import Answers, at_terminal
from support.signing import SoftKey
from support.sshdesk import MESSAGE, NAMESPACE, SECRET, agent_at, do_sign, failure, make, public
from support.terminal import small_world

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


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
