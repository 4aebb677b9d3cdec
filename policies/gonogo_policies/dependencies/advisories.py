"""An offline snapshot of advisories: OSV records of one ecosystem in one file, with the day they are of.

    {"schema": "gonogo/advisories/v1", "ecosystem": "PyPI", "as_of": "2026-11-27T06:00:00Z", "source": "...",
     "advisories": [OSV record, ...]}

Of a record are read: ``id``, ``aliases``, ``withdrawn``, ``affected[].package``, ``.versions`` and ``.ranges`` of type
ECOSYSTEM. Where a record says that a package is affected and not how, every version is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: Final = "gonogo/advisories/v1"
ECOSYSTEM: Final = "PyPI"
FIELDS: Final = frozenset({"schema", "ecosystem", "as_of", "source", "advisories"})
ZERO: Final = "0"
"""How OSV writes the beginning of all versions."""


class SnapshotInvalid(Exception):
    """Not a snapshot in this form; the words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Advisory:
    """One record about one package."""

    id: str
    aliases: tuple[str, ...]
    fixed: tuple[str, ...]
    """Versions that mend it."""
    versions: frozenset[str]
    spans: tuple[tuple[Version | None, Version | None, bool], ...]
    """From (None: the beginning) to (None: for ever), and whether the end still belongs to it."""
    all_versions: bool

    def concerns(self, version: str) -> bool:
        """Whether a version is affected."""
        if self.all_versions or version in self.versions:
            return True
        exact = Version(version)
        return any(
            (low is None or low <= exact) and (high is None or exact < high or (closed and exact == high))
            for low, high, closed in self.spans
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All advisories of a day."""

    as_of: datetime
    source: str
    count: int
    """Records in the file."""
    by_package: Mapping[str, tuple[Advisory, ...]]

    def about(self, name: str, version: str) -> list[Advisory]:
        """The advisories that a package at a version falls under; ``name`` in the index's spelling."""
        return [one for one in self.by_package.get(name, ()) if one.concerns(version)]


def read_snapshot(data: bytes) -> Snapshot:
    """Read a snapshot's bytes. Raises SnapshotInvalid."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise SnapshotInvalid("it is no JSON") from error
    if not isinstance(document, dict) or cast("dict[str, Any]", document).keys() != FIELDS:
        raise SnapshotInvalid(f"it needs exactly the fields {', '.join(sorted(FIELDS))}")
    told = cast("dict[str, Any]", document)
    if told["schema"] != SCHEMA or told["ecosystem"] != ECOSYSTEM:
        raise SnapshotInvalid(f"it is not of schema {SCHEMA} and ecosystem {ECOSYSTEM}")
    records = _list(told["advisories"])
    if not records:
        raise SnapshotInvalid("it holds no advisory")
    found: dict[str, list[Advisory]] = {}
    for record in records:
        for advisory in _advisories(record):
            found.setdefault(advisory[0], []).append(advisory[1])
    source = told["source"] if isinstance(told["source"], str) else ""
    packages = {name: tuple(listed) for name, listed in found.items()}
    return Snapshot(_time(told["as_of"]), source, len(records), packages)


def _advisories(record: object) -> Iterator[tuple[str, Advisory]]:
    """One for each package of the ecosystem that the record names; none where it was withdrawn."""
    told = _mapping(record)
    name, affected = told.get("id"), _list(told.get("affected", []))
    if not isinstance(name, str) or not name:
        raise SnapshotInvalid("an advisory has no id")
    if told.get("withdrawn") is not None:
        return
    aliases = tuple(one for one in told.get("aliases") or () if isinstance(one, str))
    for part in map(_mapping, affected):
        package = _mapping(part.get("package", {}))
        if package.get("ecosystem") == ECOSYSTEM:
            yield canonicalize_name(str(package.get("name", ""))), _advisory(name, aliases, part)


def _advisory(name: str, aliases: tuple[str, ...], part: Mapping[str, Any]) -> Advisory:
    listed = frozenset(str(one) for one in part.get("versions") or ())
    ranges = [one for one in map(_mapping, part.get("ranges") or ()) if one.get("type") == "ECOSYSTEM"]
    events = [list(map(_mapping, one.get("events") or ())) for one in ranges]
    try:
        spans = tuple(span for listed_events in events for span in _spans(listed_events))
    except InvalidVersion as error:
        raise SnapshotInvalid(f"{name}: {error}") from error
    fixed = tuple(str(event["fixed"]) for one in events for event in one if "fixed" in event)
    return Advisory(name, aliases, fixed, listed | _normal(listed), spans, all_versions=not listed and not spans)


def _spans(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Version | None, Version | None, bool]]:
    """From each ``introduced`` to the next ``fixed`` (open) or ``last_affected`` (closed), in the order of versions."""
    ordered = sorted(
        (_version(str(value)), kind) for event in events for kind, value in event.items() if kind in _KINDS
    )
    low: Version | None = None
    inside = False
    for version, kind in ordered:
        if kind == "introduced" and not inside:
            low, inside = version, True
        elif kind != "introduced" and inside:
            yield low, version, kind == "last_affected"
            inside = False
    if inside:
        yield low, None, False


_KINDS: Final = frozenset({"introduced", "fixed", "last_affected"})


def _version(words: str) -> Version:
    return Version("0.dev0") if words == ZERO else Version(words)


def _normal(versions: frozenset[str]) -> frozenset[str]:
    """The versions as lock files are read here; what is no version stays as it is."""
    normal: set[str] = set()
    for one in versions:
        try:
            normal.add(str(Version(one)))
        except InvalidVersion:
            continue
    return frozenset(normal)


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SnapshotInvalid("an advisory is not in the form of OSV")
    return cast("Mapping[str, Any]", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise SnapshotInvalid("a list of advisories, or of what one affects, is none")
    return cast("list[object]", value)


def _time(words: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(words))
    except ValueError as error:
        raise SnapshotInvalid("as_of is no time") from error
    if moment.tzinfo is None:
        raise SnapshotInvalid("as_of names no time zone")
    return moment.astimezone(UTC)
