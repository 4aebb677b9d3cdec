"""The references in a Markdown file: links, images, definitions, HTML attributes, paths in code spans, bare paths.

Read where the runbook's ``docs-reference-targets-gate`` reads, and where CommonMark says that a link stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gonogo_policies.docs.prose import is_indented_code, read_prose
from gonogo_policies.docs.target import Target, of_code, of_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_policies.docs.prose import Prose
    from gonogo_policies.docs.target import Kind

_LINK = re.compile(
    r"\]\((?<!\\\]\()[ \t]*\n?[ \t]*(?P<target><[^<>\n]*>|(?:\\.|[^\s()\\]|\((?:\\.|[^\s()\\])*\))*)"
    r"(?:[ \t]*\n?[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^)]*\)))?[ \t]*\n?[ \t]*\)"
)
_DEFINITION = re.compile(r"\]:[ \t]*\n?[ \t]*(?P<target><[^<>\n]*>|\S+)")
_LABEL = re.compile(r"[ \t>]{0,8}\[(?!\^)[^\]\n]+")
_HTML = re.compile(
    r"<(?:a|img|source|video|audio)\b[^<>]*?\s(?:href|src)\s*=\s*(?:\"(?P<double>[^\"<>]*)\"|'(?P<single>[^'<>]*)')",
    re.IGNORECASE,
)
_BARE_SUFFIXES = "toml|md|py|yaml|yml|sh|json|txt"
_JOINS = frozenset("_./\\@~$&;=<>{}[]*#%+:-")
"""What joins a path to the word before it, so that it does not begin here."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference: where it stands in the text, in which form, its words and its target."""

    at: int
    kind: Kind
    words: str
    target: Target


def references(source: str, roots: frozenset[str]) -> tuple[Reference, ...]:
    """All references of a Markdown text, in their order. ``roots``: names at the top of the repository."""
    prose = read_prose(source)
    found = [*_links(prose.text), *_in_code(prose, roots)]
    if roots and "/" in prose.text:
        found += _bare(prose.text, roots, found)
    return tuple(sorted((one for one in found if not is_indented_code(prose.blocks, one.at)), key=lambda one: one.at))


def line_of(source: str, at: int) -> int:
    """The line of a place, from 1."""
    return source.count("\n", 0, at) + 1


def _links(text: str) -> Iterator[Reference]:
    if "](" in text:
        for found in _LINK.finditer(text):
            opened = _opening(text, found.start())
            if opened is not None and (target := of_link(found["target"])):
                yield Reference(found.start("target"), "image" if opened else "link", found["target"], target)
    if "]:" in text:
        for found in _DEFINITION.finditer(text):
            labelled = _LABEL.fullmatch(text, text.rfind("\n", 0, found.start()) + 1, found.start())
            if labelled and (target := of_link(found["target"])):
                yield Reference(found.start("target"), "definition", found["target"], target)
    if "<" in text:
        for found in _HTML.finditer(text):
            group = "double" if found["double"] is not None else "single"
            if target := of_link(found[group]):
                yield Reference(found.start(group), "html", found[group], target)


def _opening(text: str, closing: int) -> bool | None:
    """Whether an image's bracket opens what ``]`` closes here; None where nothing opens it in this paragraph."""
    depth, at = 1, closing
    lowest = max(text.rfind("\n\n", 0, closing), closing - 4096, 0)
    while depth:
        opens, closes = text.rfind("[", lowest, at), text.rfind("]", lowest, at)
        if opens < 0:
            return None
        at = max(opens, closes)
        if at == 0 or text[at - 1] != "\\":
            depth += 1 if closes > opens else -1
    return at > 0 and text[at - 1] == "!"


def _in_code(prose: Prose, roots: frozenset[str]) -> Iterator[Reference]:
    for span in prose.spans:
        if "/" in span.code and (target := of_code(span.code.strip(" "), roots)):
            yield Reference(span.at, "code", span.code.strip(" "), target)


def _bare(text: str, roots: frozenset[str], known: list[Reference]) -> Iterator[Reference]:
    taken = {one.at for one in known}
    for found in _bare_pattern(roots).finditer(text):
        joined = found.start() > 0 and (text[found.start() - 1].isalnum() or text[found.start() - 1] in _JOINS)
        if not joined and found.start() not in taken and (target := of_code(found[0], roots)):
            yield Reference(found.start(), "bare", found[0], target)


@lru_cache(maxsize=8)
def _bare_pattern(roots: frozenset[str]) -> re.Pattern[str]:
    """A path in running text: it begins with a name at the top of the repository and ends in a suffix of the list."""
    names = "|".join(sorted(map(re.escape, roots), key=len, reverse=True))
    return re.compile(
        rf"(?:{names})/[\w./+-]*?\w\.(?:{_BARE_SUFFIXES})"
        r"(?![\w/*<>{}\[\]$+&-]|\.\w)(?::\d+(?:-\d+)?(?!\w|\.\w))?"
    )
