"""One SSH signature checked: natively, by the sshsig package, and by ssh-keygen."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import sshsig as other

from bench.measure import rounds, row
from gonogo_evidence import sshsig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMESPACE = "gonogo-signoff@v1"
MESSAGE = b'{"decision":"GO"}' * 60
PRINCIPAL = "operator@example.org"
CHECKS = 200
ROUNDS = 15


def rows() -> Iterator[str]:
    """Ed25519, a statement of 1 kB, milliseconds a check."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        signature, public = _sign(place)

        def ours() -> None:
            sshsig.verify(MESSAGE, signature, namespace=NAMESPACE)

        def theirs() -> None:
            other.check_signature(MESSAGE, signature, NAMESPACE)

        (place / "signers").write_text(f'{PRINCIPAL} namespaces="{NAMESPACE}" {public}')
        found = rounds([_each(ours, CHECKS), _each(theirs, CHECKS), _each(lambda: _ssh_keygen(place), 10)], ROUNDS)
    yield row("SSHSIG check / sshsig package", [line[:2] for line in found], 1.5)
    yield row("  the same / ssh-keygen -Y verify", [[line[0], line[2]] for line in found], 0.05)


def _sign(place: Path) -> tuple[bytes, str]:
    key = place / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (place / "message").write_bytes(MESSAGE)
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(place / "message")]
    subprocess.run(argv, check=True, capture_output=True)
    return (place / "message.sig").read_bytes(), key.with_suffix(".pub").read_text()


def _ssh_keygen(place: Path) -> None:
    files = ["-f", str(place / "signers"), "-s", str(place / "message.sig")]
    argv = ["ssh-keygen", "-q", "-Y", "verify", "-n", NAMESPACE, "-I", PRINCIPAL, *files]
    subprocess.run(argv, check=True, input=MESSAGE, capture_output=True)


def _each(act: Callable[[], None], count: int) -> Callable[[], float]:
    """Milliseconds of one, of ``count`` in a row."""

    def measure() -> float:
        began = time.perf_counter()
        for _ in range(count):
            act()
        return (time.perf_counter() - began) * 1000 / count

    return measure
