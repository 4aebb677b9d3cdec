"""The three programs that every machine of an auditor has: ``ssh-keygen``, ``openssl`` and ``sha256sum``."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strangers import look
from strangers.table import Answer, all_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strangers.look import Brought

SECONDS = 20
ENV = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
NAMESPACES = {"signoff": "gonogo-signoff@v1", "close": "gonogo-close@v1"}


def ssh_keygen(pack: Path, brought: Brought) -> Answer:
    """``ssh-keygen -Y verify`` for every sign-off and close: by whom it says, for its purpose, at the time that counts.

    A sign-off counts at the time of the outcome, a close at its own.
    """
    return all_of(_signatures(pack, brought))


def openssl(pack: Path, brought: Brought) -> Answer:
    """``openssl pkeyutl -verify`` over the PAE of every envelope: one of its signatures must be the engine's."""
    return all_of(_enveloped(envelope, brought) for envelope in look.envelopes(pack).values())


def sha256sum(pack: Path, brought: Brought) -> Answer:
    """``sha256sum --strict -c``: of the manifest as it is, of the digest that was told, of all that the pack states."""
    check = ["sha256sum", "--strict", "--quiet", "-c"]
    lines = "\n".join([f"{brought.pack_digest}  seal.json", *look.stated(pack), ""])
    asked = ([*check, "manifest-sha256.txt"], b""), ([*check, "-"], lines.encode())
    return all_of(run(argv, stdin, cwd=pack) for argv, stdin in asked)


def _signatures(pack: Path, brought: Brought) -> Iterator[Answer]:
    committed = _predicate(look.statements(pack).get(look.OUTCOME)).get("committed")
    for path, statement in look.statements(pack).items():
        kind = re.search(r"\.(signoff|close)(-[0-9]+)?\.json$", path)
        if kind is None:
            continue
        said = _predicate(statement)
        time = str(committed if kind[1] == "signoff" else said.get("issued"))
        at = [f"-Overify-time={re.sub('[^0-9]', '', time)}"] if re.fullmatch("[0-9TZ:-]{20}", time) else []
        signature = pack / f"{path}.sig"
        words = ("-f", str(brought.signers), "-I", str(said.get("principal")), "-n", NAMESPACES[kind[1]], *at)
        made = signature.read_bytes() if signature.is_file() else None
        yield _verify(words, (pack / path).read_bytes(), made)


@functools.cache
def _verify(words: tuple[str, ...], statement: bytes, signature: bytes | None) -> Answer:
    """Asked once for the same bytes; a signature that is not there is no file."""
    with tempfile.TemporaryDirectory() as folder:
        sig = Path(folder) / "sig"
        if signature is not None:
            sig.write_bytes(signature)
        return run(["ssh-keygen", "-Y", "verify", *words, "-s", str(sig)], statement)


def _predicate(statement: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    found = statement.get("predicate") if isinstance(statement, dict) else None
    return found if isinstance(found, dict) else {}


def _enveloped(envelope: Any, brought: Brought) -> Answer:  # noqa: ANN401 - any JSON
    try:
        framed = look.pae(envelope)
        signatures = [look.decode(one["sig"]) for one in envelope["signatures"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "n/a"
    if not signatures:
        return "n/a"  # there is nothing to put to openssl: to say no here would be this script's word
    good = any(_pkeyutl(framed, signature, brought.engine_key) for signature in signatures)
    return "accept" if good else "reject"


@functools.cache
def _pkeyutl(framed: bytes, signature: bytes, key: Path) -> bool:
    """Asked once for the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        data, sig = Path(folder) / "pae", Path(folder) / "sig"
        data.write_bytes(framed)
        sig.write_bytes(signature)
        argv = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin"]
        return run([*argv, "-in", str(data), "-sigfile", str(sig)]) == "accept"


def run(argv: list[str], stdin: bytes = b"", *, cwd: Path | None = None) -> Answer:
    """Exit code 0 is to accept, any other to reject."""
    done = subprocess.run(argv, input=stdin, cwd=cwd, env=ENV, capture_output=True, check=False, timeout=SECONDS)
    return "accept" if done.returncode == 0 else "reject"
