"""What a stranger finds in a pack before any tool is asked: envelopes, documents, stated digests, the proof's lines.

Nothing of gonogo reads here: standard library alone, and as lenient as a script of a few lines would be, so that a
change is left for the tools to see. What cannot be read at all gives no question.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import rfc8785

from strangers.table import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = re.compile(r"[A-Za-z0-9@_./+=-]+")
HEX = re.compile(r"[0-9a-f]{64}")
ENTRY, PROOF, OUTCOME = "index/entry.json", "index/entry.tlog-proof", "review/outcome.json"


@dataclass(frozen=True)
class Brought:
    """What the stranger has from somewhere else."""

    signers: Path
    """OpenSSH's ``allowed_signers``."""
    engine_key: Path
    """The engine's public key, PEM."""
    pack_digest: str
    """The pack digest that the stranger was told."""


@dataclass(frozen=True)
class Proof:
    """A ``tlog-proof`` by its lines."""

    index: str
    hashes: list[str]
    """Base64."""
    checkpoint: str
    size: str
    root: str
    """Base64."""


def document(path: Path) -> Any:  # noqa: ANN401 - any JSON
    """The JSON in a file, duplicates and all; None where there is none."""
    with suppress(OSError, ValueError, RecursionError):
        return json.loads(path.read_bytes())
    return None


def envelopes(pack: Path) -> dict[str, Any]:
    """The DSSE envelopes by their path."""
    paths = [*sorted((pack / "attestations").glob("*.json")), *(pack / "review").glob("*.dsse.json")]
    found = {path: document(path) for path in [*paths, pack / OUTCOME, pack / ENTRY] if path.exists()}
    return {path.relative_to(pack).as_posix(): value for path, value in found.items()}


def decode(text: Any) -> bytes:  # noqa: ANN401 - what stands there
    """Base64 of either alphabet, padded or not, whatever else stands in it. Raises ``ValueError``."""
    if not isinstance(text, str):
        raise ValueError("no text")  # noqa: TRY004 - one error for all that is no base64
    return base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "==")


def pae(envelope: Any) -> bytes:  # noqa: ANN401 - any JSON
    """DSSE's pre-authentication encoding. Raises ``ValueError``, ``KeyError`` or ``TypeError`` for what is none."""
    kind, payload = envelope["payloadType"].encode(), decode(envelope["payload"])
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def documents(pack: Path) -> dict[str, bytes]:
    """Every file that should be canonical JSON, and each signed statement inside an envelope."""
    inside = [path for path in sorted(pack.rglob("*.json")) if path.relative_to(pack).parts[0] != "data"]
    found = {path.relative_to(pack).as_posix(): path.read_bytes() for path in inside}
    single = pack.with_name(f"{pack.name}.json")
    if single.exists():
        found["the single file"] = single.read_bytes()
    for path, envelope in envelopes(pack).items():
        with suppress(ValueError, KeyError, TypeError):
            found[f"the statement in {path}"] = decode(envelope["payload"])
    return found


def statements(pack: Path) -> dict[str, Any]:
    """Everything that was signed: in-toto statements by the path of their file."""
    found: dict[str, Any] = {}
    for path, envelope in envelopes(pack).items():
        with suppress(ValueError, KeyError, TypeError):
            found[path] = json.loads(decode(envelope["payload"]))
    for pattern in ("*.signoff.json", "*.close-*.json"):
        found |= {f"review/{path.name}": document(path) for path in sorted((pack / "review").glob(pattern))}
    return found


def stated(pack: Path) -> list[str]:
    """Lines for ``sha256sum -c``: each digest of a file in the pack that seal, core, review or a statement gives."""
    lines = [f"{digest}  {path}" for digest, path in _stated(pack) if HEX.fullmatch(str(digest)) and _inside(path)]
    return sorted(set(lines))


def proof(pack: Path) -> Proof | None:
    """The lines of the proof; None where they are not there."""
    try:
        head, _, checkpoint = (pack / PROOF).read_bytes().decode().partition("\n\n")
        lines = head.split("\n")
        at = next(number for number, line in enumerate(lines) if line.startswith("index "))
        _, size, root, *_ = checkpoint.split("\n")
    except (OSError, ValueError, StopIteration):
        return None
    return Proof(lines[at].removeprefix("index "), lines[at + 1 :], checkpoint, size, root)


def leaf(pack: Path, engine_pem: bytes) -> bytes | None:
    """The leaf over the entry as it lies there: Rekor's ``dsse`` 0.0.1 body for the key that the stranger brought."""
    try:
        data = (pack / ENTRY).read_bytes()
        envelope = json.loads(data)
        body: dict[str, Any] = {
            "envelopeHash": {"algorithm": "sha256", "value": sha256(data)},
            "payloadHash": {"algorithm": "sha256", "value": sha256(decode(envelope["payload"]))},
            "signatures": [
                {"signature": one["sig"], "verifier": base64.b64encode(engine_pem).decode()}
                for one in envelope["signatures"]
            ],
        }
        return rfc8785.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": body})
    except (OSError, ValueError, KeyError, TypeError, rfc8785.CanonicalizationError):
        return None


def _stated(pack: Path) -> Iterator[tuple[Any, str]]:
    with suppress(AttributeError, KeyError, TypeError):
        seal = document(pack / "seal.json")
        yield seal["manifest_digest"], "manifest-sha256.txt"
        yield seal["core_digest"], "core/pack.json"
        yield seal["environment_digest"], "environment.json"
        yield from ((digest, path) for path, digest in seal["attestations"].items())
    with suppress(AttributeError, KeyError, TypeError):
        yield from ((one["sha256"], f"core/{name}") for name, one in document(pack / "core/pack.json")["files"].items())
    with suppress(AttributeError, KeyError, TypeError):
        yield from ((one["sha256"], one["path"]) for one in document(pack / "environment.json")["data_files"])
    with suppress(AttributeError, KeyError, TypeError):
        review = document(pack / "review/review.json")
        yield review["pack_digest"], "seal.json"
        yield from ((one["sha256"], f"review/{name}") for name, one in review["files"].items())
    for statement in statements(pack).values():
        with suppress(AttributeError, KeyError, TypeError):
            yield from _subjects(statement)


def _subjects(statement: Any) -> Iterator[tuple[Any, str]]:  # noqa: ANN401 - any JSON
    """What a statement is about, where that is a file: a pack by its seal, the review by its list, others by path."""
    for subject in statement["subject"]:
        name, digest = subject["name"], subject["digest"].get("sha256")
        if name == "pack" or name.startswith("EVP-"):
            yield digest, "seal.json"
        elif name == "review":
            yield digest, "review/review.json"
        elif "/" in name:
            yield digest, name


def _inside(path: Any) -> bool:  # noqa: ANN401 - what stands there
    return isinstance(path, str) and PLAIN.fullmatch(path) is not None and ".." not in path and path[0] != "/"
