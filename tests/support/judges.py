"""Verifiers that are not ours, each asked about a complete pack: what it accepts, rejects, or finds nothing to judge.

``ssh-keygen``, ``openssl`` and ``sha256sum``; rfc8785, pymerkle and securesystemslib from PyPI; canonicalize
and @sigstore/verify from npm, which :func:`node_folder` installs. All are there or the tests fail: none is skipped.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import rfc8785
from pymerkle import InmemoryTree  # type: ignore[import-untyped]
from securesystemslib.dsse import Envelope
from securesystemslib.signer._key import SSlibKey

from gonogo_evidence import dsse
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.index import from_envelope, note, proof, sigstore_bundle
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE
from support.logs import ENGINE, trusted_root
from support.whole import ENGINE_KEY, SIGNERS, VKEY, Whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Answer: TypeAlias = Literal["accept", "reject", "n/a"]
JS: Final = Path(__file__).resolve().parents[1] / "judges"
TOOLS: Final = (
    "sha256sum",
    "ssh-keygen",
    "openssl",
    "rfc8785",
    "pymerkle",
    "securesystemslib",
    "canonicalize",
    "sigstore",
)
ENV: Final = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
ENVELOPES: Final = ("attestations/*.dsse.json", "review/engine.dsse.json", "review/outcome.json", "index/entry.json")
JSON_FILES: Final = ("core/*.json", "environment.json", "seal.json", "review/*.json", *ENVELOPES[:1], ENVELOPES[3])


def node_folder() -> Path:
    """The folder of node's side, with its packages; they are installed on first use."""
    wanted = (JS / "package.json").read_bytes()
    mark = JS / "node_modules" / ".made-from"
    if not mark.is_file() or mark.read_bytes() != wanted:
        npm = shutil.which("npm")
        assert npm, "the strangers' tests need node and npm (Debian: apt-get install nodejs npm)"
        subprocess.run([npm, "install", "--no-package-lock", "--silent"], cwd=JS, check=True)
        mark.write_bytes(wanted)
    return JS


def python_and_programs(whole: Whole) -> dict[str, Answer]:
    """The answers of all but node's tools."""
    pack = whole.folder
    return {
        "sha256sum": _said(_runs("sha256sum", "--strict", "--quiet", "-c", "manifest-sha256.txt", cwd=pack)),
        "ssh-keygen": _all(_ssh(whole)),
        "openssl": _all(_openssl(whole)),
        "rfc8785": _all(_same_in_rfc8785(path) for path in _matching(pack, JSON_FILES)),
        "pymerkle": _said(_data_root(pack)),
        "securesystemslib": _all(_dsse_holds(path) for path in _matching(pack, ENVELOPES)),
    }


def orders(whole: Whole) -> list[dict[str, Any]]:
    """What node is asked about the pack: canonical bytes, and the index entry as a bundle (None: no order)."""
    texts = [path.read_bytes().decode("utf-8", "replace") for path in _matching(whole.folder, JSON_FILES)]
    return [{"judge": "canonical", "files": texts}, {"judge": "sigstore", **(_bundle(whole) or {"bundle": None})}]


def node_answers(asked: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Answer]]:
    """The answers of node's tools, in one process for all packs."""
    flat = [order for one in asked for order in one]
    done = subprocess.run(
        ["node", "judge.mjs"], cwd=node_folder(), input=json.dumps(flat).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    said = iter(json.loads(done.stdout))
    return [{"canonicalize": _said(next(said)), "sigstore": _said(next(said))} for _ in asked]


def _said(holds: bool) -> Answer:
    return "accept" if holds else "reject"


def _all(answers: Iterator[bool]) -> Answer:
    found = list(answers)
    return _said(all(found)) if found else "n/a"


def _matching(pack: Path, patterns: Sequence[str]) -> list[Path]:
    return sorted({path for pattern in patterns for path in pack.glob(pattern)})


def _runs(*argv: str, cwd: Path, stdin: bytes = b"") -> bool:
    return subprocess.run(argv, cwd=cwd, env=ENV, input=stdin, capture_output=True, check=False).returncode == 0


def _ssh(whole: Whole) -> Iterator[bool]:
    for path in _matching(whole.folder, ("review/*.signoff.json", "review/*.close-*.json")):
        signature = path.with_name(f"{path.name}.sig")
        namespace = SIGNOFF_NAMESPACE if path.name.endswith(".signoff.json") else CLOSE_NAMESPACE
        name = "alice@example.org" if namespace == SIGNOFF_NAMESPACE else "bob@example.org"
        signers = str(whole.folder.parent / SIGNERS)
        words = ("ssh-keygen", "-Y", "verify", "-f", signers, "-I", name, "-n", namespace, "-s", str(signature))
        yield signature.is_file() and _runs(*words, cwd=whole.folder, stdin=path.read_bytes())


def _openssl(whole: Whole) -> Iterator[bool]:
    scratch = whole.folder.parent
    for path in _matching(whole.folder, ENVELOPES):
        try:
            said = json.loads(path.read_bytes())
            payload = base64.b64decode(said["payload"], validate=True)
            signature = base64.b64decode(said["signatures"][0]["sig"], validate=True)
            pae = dsse.pae(str(said["payloadType"]), payload)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            yield False
            continue
        (scratch / "pae").write_bytes(pae)
        (scratch / "sig").write_bytes(signature)
        words = (
            "openssl",
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            ENGINE_KEY,
            "-rawin",
            "-in",
            "pae",
            "-sigfile",
            "sig",
        )
        yield _runs(*words, cwd=scratch)


def _same_in_rfc8785(path: Path) -> bool:
    data = path.read_bytes()
    try:
        return rfc8785.dumps(json.loads(data)) == data
    except (ValueError, rfc8785.CanonicalizationError):
        return False


def _data_root(pack: Path) -> bool:
    """The Merkle root of the payload by pymerkle, from the manifest's digests and the sizes on disk."""
    tree = InmemoryTree(algorithm="sha256")
    try:
        lines = (pack / "manifest-sha256.txt").read_text("ascii").splitlines()
        named = [(line[66:], line[:64]) for line in lines if line[66:].startswith("data/")]
        for path, digest in sorted(named):
            leaf: dict[str, Any] = {"path": path, "sha256": digest, "size": (pack / path).stat().st_size}
            tree.append_entry(rfc8785.dumps(leaf))
        stated = json.loads((pack / "seal.json").read_bytes())["data_root"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(tree.get_root().hex() == stated)


def _dsse_holds(path: Path) -> bool:
    raw = ENGINE.public_key().public_bytes_raw().hex()
    try:
        document = json.loads(path.read_bytes())
        keyid = document["signatures"][0]["keyid"]
        key = SSlibKey(keyid, "ed25519", "ed25519", {"public": raw})
        Envelope.from_dict(document).verify([key], 1)
    except Exception:  # noqa: BLE001 - whatever a stranger's parser raises for nonsense, it did not accept
        return False
    return bool(keyid == dsse.key_id(ENGINE.public_key()))


def _bundle(whole: Whole) -> dict[str, Any] | None:
    """The stranger's order for the index entry; the log's and the engine's keys are what the verifier brings."""
    (key,) = note.parse_vkeys((whole.folder.parent / VKEY).read_bytes())
    try:
        proved = proof.parse((whole.folder / "index/entry.tlog-proof").read_bytes())
        entry = from_envelope((whole.folder / "index/entry.json").read_bytes(), proved.extra or b"")
        bundle = sigstore_bundle(entry, proved, key)
    except (GonogoError, OSError):
        return None
    engine = (whole.folder.parent / ENGINE_KEY).read_text()
    root, keyid = trusted_root(key), dsse.key_id(ENGINE.public_key())
    return {"bundle": bundle, "root": root, "engine": engine, "keyid": keyid}
