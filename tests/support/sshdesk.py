"""Real SSH keys and agents for tests, also an agent that never answers."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo_agents.sshkeys import sign
from gonogo_evidence import sshsig
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.sshwire import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_agents import sshkeys
    from gonogo_agents.keychoice import KeyChoice
    from gonogo_agents.world import World

NAMESPACE = "gonogo-signoff@v1"
MESSAGE = b'{"decision":"GO"}'
SECRET = "correct horse"  # noqa: S105 - of keys that live for one test


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
