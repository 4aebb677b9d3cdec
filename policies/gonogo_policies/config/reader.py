"""Reads the sides' files one by one, and keeps which bytes were used and what is to be said about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar

from pydantic import BaseModel

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg
from gonogo_policies.config import parse, problems
from gonogo_policies.config.sources import NAMES, OTHERS, OWN_GATES, PACKS, SCOPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.config.gates import Origin
    from gonogo_policies.config.sources import ConfigSource

M = TypeVar("M", bound=BaseModel)

REGISTRY: Final = "model_registry.toml"


class FileOrigin(TypedDict):
    """Which bytes of a file were used, and which side they came from."""

    sha256: str
    origin: Origin


@dataclass(slots=True)
class Reader:
    """The sources, in order of precedence, and the record of what was taken from them."""

    sources: Sequence[ConfigSource]
    files: dict[str, FileOrigin] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)

    def use(self, source: ConfigSource, name: str) -> None:
        """Record a file that has a say: the first under its name, another side's under ``name@side``."""
        digest = hashlib.sha256(source.files[name]).hexdigest()
        key = name if name not in self.files else f"{name}@{source.label}"
        self.files[key] = {"sha256": digest, "origin": source.label}

    def document(self, source: ConfigSource, name: str) -> parse.Document:
        """Parse one side's file, whosever it is."""
        return parse.document(source.files[name], place=source.where(name))

    def read(self, source: ConfigSource, name: str, kind: type[M]) -> M | None:
        """Read one side's file of this name. None: it has none, or the file is somebody else's."""
        if name not in source.files:
            return None
        found = self.document(source, name)
        if found.schema is None and _is_foreign(found, source, kind):
            self.notes.append(msg("{file} carries no schema line of ours: not read.", file=source.where(name)))
            return None
        parse.check_schema(found, schema_of(name))
        return parse.model(kind, found.without_schema(), found)

    def read_all(self, name: str, kind: type[M]) -> list[tuple[ConfigSource, M]]:
        """Read each side's file of this name, in order of precedence."""
        found = ((source, self.read(source, name, kind)) for source in self.sources)
        return [(source, model) for source, model in found if model is not None]

    def refuse_strays(self) -> None:
        """Refuse a file with a schema line of ours under a name that nobody reads: a slip, not somebody else's file."""
        for source in self.sources:
            for name in sorted(source.files):
                if name not in {*NAMES, *OTHERS, OWN_GATES} and not name.startswith((f"{SCOPES}/", f"{PACKS}/")):
                    _refuse_stray(source, name)


def schema_of(name: str) -> str:
    """Return the schema line that a file of this name carries."""
    return f"gonogo/{name.rpartition('/')[2].removesuffix('.toml')}/v1"


def missing(name: str) -> BadInput:
    """Return the error for a file that no side has."""
    return BadInput(
        "CONFIG_FILE_MISSING",
        msg("No side that may decide it has the configuration file {file}.", file=name),
        next_step=msg("gonogo init --write-config"),
    )


def _is_foreign(found: parse.Document, source: ConfigSource, kind: type[BaseModel]) -> bool:
    """Whether a file without a schema line is not ours. On the trust side, what looks like ours must not get lost."""
    if source.label == "commit":
        return True
    return source.label == "trust" and not set(found.table) & set(kind.model_fields)


def _refuse_stray(source: ConfigSource, name: str) -> None:
    if b"gonogo/" not in source.files[name]:
        return
    try:
        found = parse.document(source.files[name], place=source.where(name))
    except BadInput:
        return  # not ours, and nothing that we would read
    if found.schema is not None:
        guess = problems.nearest(name, (*NAMES, *OTHERS))
        raise BadInput(
            "CONFIG_FILE_UNKNOWN",
            msg("A file with the schema {schema} has a name that nobody reads.", schema=ascii(found.schema)),
            where=source.where(name),
            next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else None,
        )
