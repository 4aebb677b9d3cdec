"""The single-file verifier as a stranger runs it: with what they bring, in this process or in a bare one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo_evidence import dsse, verify_pack

if TYPE_CHECKING:
    import pytest
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from support.attested import Person

FILE = Path(verify_pack.__file__)


def bring(folder: Path, key: Ed25519PrivateKey, *people: Person) -> None:
    """Put what a verifier brings beside the pack."""
    (folder / "allowed_signers").write_text("".join(person.line for person in people))
    (folder / "engine.pub").write_bytes(dsse.public_pem(key))


def arguments(pack: Path, *, signers: bool = True, key: bool = True) -> list[str]:
    """The words of the command, with what lies beside the pack."""
    brought = ["--allowed-signers", str(pack.parent / "allowed_signers")] if signers else []
    return [str(pack), *brought, *(["--engine-key", str(pack.parent / "engine.pub")] if key else [])]


def run(words: list[str], **env: str) -> tuple[int, Any]:
    """Exit code and report of a fresh isolated process without any site-packages."""
    argv = [sys.executable, "-I", "-S", str(FILE), *words, "--json"]
    done = subprocess.run(argv, capture_output=True, check=False, env={**os.environ, **env})
    return done.returncode, json.loads(done.stdout)


def main(pack: Path, capsys: pytest.CaptureFixture[str], *more: str, **brought: bool) -> tuple[int, Any]:
    """Exit code and report of this process."""
    code = verify_pack.main([*arguments(pack, **brought), *more, "--json"])
    return code, json.loads(capsys.readouterr().out)


def codes(report: Any) -> set[str]:  # noqa: ANN401 - a document
    """What was found wrong or is a limit, without what is never looked at."""
    return {check["code"] for check in report["checks"]} - {"OK", "NOT_CHECKED"}


def report_of(gates: list[Any]) -> Any:  # noqa: ANN401 - a document
    """A validator report with these gates."""
    return {"schema": "gonogo/validator-report/v1", "gates": gates}
