"""``evidence.append``: put a file into the pack in the making, once for each path however often a duty is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypedDict, cast, get_args

from gonogo_agents.broker.decide import PACK_PREFIX
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.files import check_path, no_room, read_bytes, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.broker.interface import Arguments
    from gonogo_agents.duty import Role
    from gonogo_evidence.ids import JSON

Determinism = Literal["bit", "replay", "none"]
MAX_CONTENT = 64 * 1024 * 1024
INDEX = "data.jsonl"


class DataEntry(TypedDict):
    """What is known of one evidence file: a line of ``data.jsonl``, canonical JSON."""

    path: str
    """In the pack, from ``data/`` on; and below the run's folder."""
    sha256: str
    size: int
    media_type: str
    determinism: str
    reason: str
    role: str


@dataclass(slots=True)
class EvidenceFolder:
    """The evidence files of one run so far. One engine process writes at a time (the run's lock)."""

    run_folder: Path
    _written: dict[str, str] = field(default_factory=dict[str, str])
    """What this process wrote, by path: the same path twice with other bytes is a mistake, not a repetition."""

    def entries(self) -> list[DataEntry]:
        """The files so far, in the order of their paths."""
        return read_data_index(self.run_folder)

    def append(self, role: Role, arguments: Arguments) -> JSON:
        """Write ``content`` at ``data/<path>``. The same bytes again change nothing; after a crash a re-run replaces.

        Raises:
            IntegrityBroken: PACK_PATH.
            Refused: EVIDENCE_TAKEN where another role, or this process before, put something else there.
            BadInput: EVIDENCE_ARGUMENTS.
            Inconclusive: DISK_FULL, CANNOT_WRITE.
        """
        entry, data = _read_arguments(role, arguments)
        entries = {known["path"]: known for known in self.entries()}
        self._check_free(entry, entries)
        target = self.run_folder / entry["path"]
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise no_room(error, target) from error
        write_atomic(target, data)
        entries[entry["path"]] = entry
        lines = [canonical.dumps(cast("JSON", entries[path])) + b"\n" for path in sorted(entries)]
        write_atomic(self.run_folder / INDEX, b"".join(lines))
        self._written[entry["path"]] = entry["sha256"]
        return {name: entry[name] for name in ("path", "sha256", "size", "media_type", "determinism")}

    def _check_free(self, entry: DataEntry, entries: dict[str, DataEntry]) -> None:
        path = entry["path"]
        known = entries.get(path)
        twin = next((other for other in entries if other != path and other.casefold() == path.casefold()), None)
        foreign = known is not None and known["role"] != entry["role"]
        twice = self._written.get(path, entry["sha256"]) != entry["sha256"]
        if twin is not None or foreign or twice:
            raise Refused(
                "EVIDENCE_TAKEN",
                msg("Another evidence file lies at {path}.", path=twin or path),
                next_step=msg("Give the evidence a path of its own."),
            )


def read_data_index(run_folder: Path) -> list[DataEntry]:
    """The entries of ``data.jsonl``, by path; none where nothing was appended yet."""
    if not (run_folder / INDEX).exists():
        return []
    lines = read_bytes(run_folder / INDEX, limit=MAX_CONTENT).splitlines()
    return [cast("DataEntry", canonical.loads_object(line)) for line in lines]


def _read_arguments(role: Role, arguments: Arguments) -> tuple[DataEntry, bytes]:
    words = {name: arguments.get(name) for name in ("path", "media_type", "determinism")}
    content, reason = arguments.get("content"), arguments.get("reason", "")
    if not all(isinstance(word, str) for word in (*words.values(), reason)) or "content" not in arguments:
        raise _wrong("path, content, media_type and determinism are needed")
    determinism = words["determinism"]
    if determinism not in get_args(Determinism) or (determinism != "bit" and not reason):
        raise _wrong("determinism is bit, replay or none, and the last two give a reason")
    try:
        data = content.encode() if isinstance(content, str) else canonical.dumps(content)
    except UnicodeEncodeError as error:
        raise _wrong("the content holds half a character") from error
    if len(data) > MAX_CONTENT:
        raise _wrong("the content is larger than 64 MiB")
    entry: DataEntry = {
        "path": check_path(f"{PACK_PREFIX}{words['path']}"),
        "sha256": canonical.digest_of(data),
        "size": len(data),
        "media_type": str(words["media_type"]),
        "determinism": str(determinism),
        "reason": str(reason),
        "role": role,
    }
    return entry, data


def _wrong(why: str) -> BadInput:
    return BadInput("EVIDENCE_ARGUMENTS", msg("evidence.append cannot take this: {why}.", why=why))
