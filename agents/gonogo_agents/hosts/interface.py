"""The port: a host is told what to export and lists files; it opens and writes nothing.

Three kinds of files: a whole file of ours (with a header that names the source's digest), our entries inside a JSON
file that others write too, and our section inside somebody's Markdown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_agents.duty import Role
    from gonogo_agents.prompts import FrameWords, Prompt
    from gonogo_evidence.ids import JSON

SERVER: Final = "gonogo"
"""The MCP server's name in every host."""
HOOK: Final = ".gonogo/hook.py"
"""Where the hook lies in the repository, for every host."""


@dataclass(frozen=True, slots=True)
class Export:
    """What every host exports, in its own form."""

    prompts: Mapping[Role, Prompt]
    words: FrameWords
    """Of all roles together, in the language of the prompts."""
    digest: str
    """Of the prompts' source, the scopes and the table: 64 hex digits."""
    python: str
    """The interpreter that runs the hook: absolute, or relative to the repository's root where it lies inside."""
    program: Sequence[str]
    """How gonogo is started, in the same manner."""
    hook: bytes
    """The hook with its policy."""

    @property
    def header(self) -> str:
        """One line that says where a file comes from."""
        return f"Exported by gonogo from sha256:{self.digest}; change nothing here, run the export again."


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that is ours alone. ``text`` holds the header line, so that it can be known again."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class JsonMerge:
    """Our entries in a JSON file that others write too."""

    path: str
    values: Mapping[tuple[str, ...], JSON]
    """Ours by name: set whole."""
    lists: Mapping[tuple[str, ...], Sequence[JSON]] = field(default_factory=dict[tuple[str, ...], "Sequence[JSON]"])
    """Ours among others' in a list: recognised by :data:`HOOK` in their command."""
    defaults: Mapping[tuple[str, ...], JSON] = field(default_factory=dict[tuple[str, ...], "JSON"])
    """Set only where nothing is there yet, and never taken away."""


@dataclass(frozen=True, slots=True)
class Section:
    """Our part of a Markdown file, between two marks."""

    path: str
    text: str


HostFile: TypeAlias = Whole | JsonMerge | Section


class Host(Protocol):
    """A chat host."""

    @property
    def name(self) -> str:
        """What ``gonogo export`` calls it."""
        ...

    def files(self, export: Export) -> Sequence[HostFile]:
        """All files for this host, in the order in which they are written. The same export gives the same bytes."""
        ...


def front_matter(values: Mapping[str, str | bool]) -> str:
    """YAML front matter of plain strings (double-quoted, as JSON writes them) and booleans."""
    import json  # noqa: PLC0415 - only an export quotes

    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return "---\n" + "\n".join(lines) + "\n---\n"


def markdown(export: Export, body: str, values: Mapping[str, str | bool] | None = None) -> str:
    """A Markdown file of ours: front matter first (hosts look for it at the very start), then the header line."""
    top = front_matter(values) if values else ""
    return f"{top}<!-- {export.header} -->\n\n{body}"


def runnable(words: Sequence[str]) -> str:
    """A command line for a host that takes one string. Words with anything but plain signs are quoted."""
    import shlex  # noqa: PLC0415 - as above

    return shlex.join(words)
