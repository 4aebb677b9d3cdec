"""The secret scan of one run, before its seal: what is to be sealed goes in, and comes out with markers.

Where the scan cannot be done, nothing is sealed. A file that it cannot see into is named in ``environment.json``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from gonogo_agents.detectors import MOST_FILE, Detectors
from gonogo_agents.redact import Redaction, plan, records
from gonogo_agents.redact_texts import HALVES
from gonogo_evidence import canonical
from gonogo_evidence.errors import Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.pack import source_lost
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.pack import DataFile

SHORTEST: Final = 8
LONGEST_WORD: Final = 20
KEPT: Final = "redactions.json"
"""What was replaced by what, in the run's own folder (0600): for what is rendered after the seal."""
TOO_LARGE: Final = "larger than 256 MiB: not looked at"
BINARY: Final = "holds zero bytes, so it is no plain text: what is packed or encoded inside cannot be seen"


@dataclass(frozen=True, slots=True)
class Clean:
    """What may be sealed."""

    core: JSONObject
    """``fields`` and ``files`` of the core, ``inputs`` and ``results`` to rebuild it from."""
    rest: JSONObject
    payload: Sequence[DataFile]
    redaction: Redaction
    not_scanned: Sequence[JSONObject]
    detectors: Mapping[str, JSON]


def clean(world: World, run_folder: Path, core: JSONObject, rest: JSONObject, payload: Sequence[DataFile]) -> Clean:
    """Scan and replace.

    Args:
        world: programs and environment.
        run_folder: redacted copies go below it.
        core: what the core is made of; its markers are numbered first.
        rest: what the environment is made of.
        payload: the data files.

    Raises:
        Inconclusive: SECRET_SCAN_MISSING, SECRET_SCAN_FAILED, SECRET_REMAINS.
    """
    files, not_scanned = _readable(payload)
    scanner = Detectors(world, run_folder)
    redaction = plan(core, rest, files, scanner.scan)
    _keep(run_folder, redaction)
    copies = [_copied(run_folder, file, redaction) for file in payload]
    done_core, done_rest = (cast("JSONObject", redaction.of(value)) for value in (core, rest))
    return Clean(done_core, done_rest, copies, redaction, not_scanned, scanner.detectors)


def refuse_secrets(world: World, words: Sequence[str]) -> None:
    """Refuse words of people that hold a secret, before they are signed or logged for ever: no marker can stand there.

    Plain words (letters alone, of an ordinary length) are not handed to the detectors: they start in half a second.

    Raises:
        Refused: ``SECRET_IN_WORDS``.
        Inconclusive: SECRET_SCAN_MISSING, SECRET_SCAN_FAILED.
    """
    if all(_ordinary(word) for text in words for word in text.split()):
        return
    with tempfile.TemporaryDirectory(prefix="gonogo-words-") as name:
        found = Detectors(world, Path(name)).scan([text.encode("utf-8", HALVES) for text in words])
    rules = sorted({rule for spans in found for _, _, rule in spans})
    if rules:
        raise Refused(
            "SECRET_IN_WORDS",
            msg("This looks like a secret ({rule}), and what is signed or logged stays for ever.", rule=rules[0]),
            next_step=msg(
                "Say it without the secret. If it is a real one, replace it: it was typed on a command line."
            ),
        )


def _ordinary(word: str) -> bool:
    """Whether no detector could take it for a secret, whatever stands around it."""
    bare = word.strip(".,;:!?()\"'")
    return len(bare) < SHORTEST or (bare.replace("-", "").isalpha() and len(bare) <= LONGEST_WORD)


def kept_redaction(run_folder: Path) -> Redaction:
    """What the seal of this run replaced, for what is rendered from its results afterwards. Nothing where none was."""
    if not (run_folder / KEPT).exists():
        return Redaction()
    stored = canonical.loads_object(read_bytes(run_folder / KEPT, limit=MOST_FILE), limit=MOST_FILE)
    pairs, leaves = (_decoded(cast("Sequence[Sequence[str]]", stored[name])) for name in ("pairs", "leaves"))
    words = {old.decode("utf-8", HALVES): new.decode("utf-8", HALVES) for old, new in leaves}
    return Redaction(pairs=pairs, leaves=words)


def told(world: World, made: Clean, sealed: Mapping[str, bytes]) -> JSONObject:
    """What ``environment.json`` says of the scan: ``redactions`` and, where there is something, ``not_scanned``."""
    key = bytes.fromhex(world.token(32))
    found_by = ", ".join(f"{name} {version}" for name, version in sorted(made.detectors.items()))
    reason = f"found before the seal by {found_by}"
    listed = records(made.redaction, sealed, lambda secret: hmac.new(key, secret, hashlib.sha256).hexdigest(), reason)
    return {"redactions": listed, **({"not_scanned": list(made.not_scanned)} if made.not_scanned else {})}


def _readable(payload: Sequence[DataFile]) -> tuple[dict[str, bytes], list[JSONObject]]:
    files: dict[str, bytes] = {}
    not_scanned: list[JSONObject] = []
    for file in payload:
        try:
            size = file.source.stat().st_size
        except OSError as error:
            raise source_lost(error, file) from error
        if size > MOST_FILE:
            not_scanned.append({"path": file.path, "reason": TOO_LARGE})
            continue
        files[file.path] = read_bytes(file.source, limit=MOST_FILE)
        if b"\0" in files[file.path]:
            not_scanned.append({"path": file.path, "reason": BINARY})
    return files, not_scanned


def _copied(run_folder: Path, file: DataFile, redaction: Redaction) -> DataFile:
    """The file, or a copy with markers where it has secrets: what the run kept for itself stays as it was."""
    if file.path not in redaction.files:
        return file
    copy = run_folder / "redacted" / file.path
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomic(copy, redaction.files[file.path])
    return replace(file, source=copy)


def _keep(run_folder: Path, redaction: Redaction) -> None:
    leaves = [(old.encode("utf-8", HALVES), new.encode("utf-8", HALVES)) for old, new in redaction.leaves.items()]
    stored = {"pairs": _encoded(redaction.pairs), "leaves": _encoded(sorted(leaves))}
    write_atomic(run_folder / KEPT, canonical.dumps(stored))
    (run_folder / KEPT).chmod(0o600)


def _encoded(pairs: Iterable[tuple[bytes, bytes]]) -> list[JSON]:
    return [[base64.b64encode(part).decode() for part in pair] for pair in pairs]


def _decoded(stored: Sequence[Sequence[str]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((base64.b64decode(old), base64.b64decode(new)) for old, new in stored)
