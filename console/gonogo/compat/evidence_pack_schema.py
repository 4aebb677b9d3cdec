"""EP-JSON's header, canonical form and migrations under the predecessor's names (interop.md 1.2)."""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gonogo_evidence import ep_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMA_ID: Final = "evidence_pack"
SCHEMA_VERSION: Final = "1.0.0"
SUPPORTED_VERSIONS: Final = frozenset({SCHEMA_VERSION})
Pack: TypeAlias = "dict[str, Any]"
Step: TypeAlias = "Callable[[Pack], Pack]"


class SchemaErrorCode(StrEnum):
    """What can be wrong with a header."""

    EPACK_SCHEMA_MISSING = "EPACK_SCHEMA_MISSING"
    EPACK_SCHEMA_INVALID_ID = "EPACK_SCHEMA_INVALID_ID"
    EPACK_SCHEMA_INVALID_VERSION = "EPACK_SCHEMA_INVALID_VERSION"
    EPACK_SCHEMA_UNSUPPORTED = "EPACK_SCHEMA_UNSUPPORTED"
    EPACK_PACK_ID_MISSING = "EPACK_PACK_ID_MISSING"
    EPACK_MIGRATION_FAILED = "EPACK_MIGRATION_FAILED"
    EPACK_TIMESTAMP_CHRONOLOGY = "EPACK_TIMESTAMP_CHRONOLOGY"
    EPACK_TIMESTAMP_INVALID = "EPACK_TIMESTAMP_INVALID"
    EPACK_GIT_SHA_INVALID = "EPACK_GIT_SHA_INVALID"
    EPACK_FINGERPRINT_INVALID = "EPACK_FINGERPRINT_INVALID"


class SchemaValidationError(ValueError):
    """A header that cannot be accepted; reads ``[CODE] message``."""

    def __init__(self, code: SchemaErrorCode, message: str) -> None:
        super().__init__(f"[{code.value}] {message}")
        self.code = code
        self.message = message


def is_legacy_pack(document: Mapping[str, Any]) -> bool:
    """Whether it is from before the header: all three of its fields are absent."""
    return not any(name in document for name in ep_rules.HEADER)


def validate_schema_header(document: Mapping[str, Any]) -> None:
    """Raise :class:`SchemaValidationError` for the first thing that is wrong with the header."""
    for problem in ep_rules.problems(document):
        if problem.code in SchemaErrorCode.__members__:
            raise SchemaValidationError(SchemaErrorCode(problem.code), str(problem.message))


def canonicalize(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Sort keys at every depth, cut blanks off the right of every string; lists keep their order."""
    if isinstance(value, dict):
        return {key: canonicalize(value[key]) for key in sorted(value)}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return [canonicalize(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value.rstrip() if isinstance(value, str) else value


def normalize_path(path: str) -> str:
    """Turn backslashes into slashes and drop slashes at the end."""
    return path.replace("\\", "/").rstrip("/")


class MigrationRegistry:
    """Steps between versions of the schema, and the shortest way from one to another."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str], Step] = {}

    def register(self, from_version: str, to_version: str, step: Step) -> None:
        """Add a step."""
        self._steps[from_version, to_version] = step

    def find_path(self, from_version: str, to_version: str) -> list[str]:
        """The versions on the shortest way, both ends named; among equals the first by name. Raises where none is."""
        queue, seen = deque([[from_version]]), {from_version}
        while queue:
            way = queue.popleft()
            if way[-1] == to_version:
                return way
            for after in sorted(end for start, end in self._steps if start == way[-1] and end not in seen):
                seen.add(after)
                queue.append([*way, after])
        message = f"no way from {from_version} to {to_version}"
        raise SchemaValidationError(SchemaErrorCode.EPACK_MIGRATION_FAILED, message)

    def migrate(self, document: Mapping[str, Any], to_version: str = SCHEMA_VERSION) -> Pack:
        """Carry a pack to a version; ``migration_info`` says how. The pack that was given stays as it was."""
        way = self.find_path(str(document.get("schema_version", "")), to_version)
        made = dict(document)
        if len(way) == 1:
            return made
        for step in pairwise(way):
            made = self._steps[step](dict(made))
        info = {"migrated_from": way[0], "migrated_to": to_version, "chain": way}
        return {**made, "schema_version": to_version, "migration_info": info}


def validate_timestamp_chronology(started_at: str, finished_at: str) -> None:
    """Raise unless both are ISO 8601 times and the first lies before the second."""
    if not (ep_rules.is_timestamp(started_at) and ep_rules.is_timestamp(finished_at)):
        raise SchemaValidationError(SchemaErrorCode.EPACK_TIMESTAMP_INVALID, "a time is not ISO 8601")
    first, second = (datetime.fromisoformat(text) for text in (started_at, finished_at))
    if (first.tzinfo is None) != (second.tzinfo is None):
        raise SchemaValidationError(SchemaErrorCode.EPACK_TIMESTAMP_INVALID, "one time has a zone, the other has none")
    if first >= second:
        raise SchemaValidationError(SchemaErrorCode.EPACK_TIMESTAMP_CHRONOLOGY, "started_at is not before finished_at")


def validate_git_sha(git_sha: str) -> None:
    """Raise unless it is 40 lower-case hex digits or ``local-dev``."""
    if git_sha != "local-dev" and not re.fullmatch(r"[0-9a-f]{40}", git_sha):
        raise SchemaValidationError(SchemaErrorCode.EPACK_GIT_SHA_INVALID, f"no commit: {git_sha!r}")


def validate_config_fingerprint(fingerprint: str) -> None:
    """Raise unless it is 64 lower-case hex digits."""
    if not re.fullmatch(r"[0-9a-f]{64}", fingerprint):
        raise SchemaValidationError(SchemaErrorCode.EPACK_FINGERPRINT_INVALID, f"no SHA-256: {fingerprint!r}")
