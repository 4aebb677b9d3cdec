"""The references in a Markdown file: links, images, definitions, HTML attributes, paths in code spans, bare paths.

Read where the runbook's ``docs-reference-targets-gate`` reads, and where CommonMark says that a link stands.
References are plain tuples: they are made by the ten thousand, kept, and sent between processes.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from gonogo_policies.docs.prose import Indented, before, read_prose
from gonogo_policies.docs.target import LONGEST, Target, of_code, of_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_policies.docs.prose import Prose
    from gonogo_policies.docs.target import Kind

_FAR = ("https://", "http://")
"""How most links begin; they are passed over before anything is asked about them."""
_LINK = re.compile(
    r"\]\((?<!\\\]\()[ \t]*+(?:\n[ \t]*+)?+"
    r"(?P<target><[^<>\n]*+>|(?:[^\x00-\x20()\\]++|\\.|\((?:[^\x00-\x20()\\]++|\\.)*+\))*+)"
    r"(?:[ \t]*+(?:\n[ \t]++|(?<=[ \t]))(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+\)))?+"
    r"[ \t]*+(?:\n[ \t]*+)?+\)"
)
"""What can be long is possessive and ends at what begins the next: a hostile document is read in linear time, too."""
_DEFINITION = re.compile(r"\]:[ \t]*+(?:\n[ \t]*+)?+(?P<target><[^<>\n]*+>|[^\x00-\x20]++)")
_LABEL = re.compile(r"[ \t>]{0,8}\[(?!\^)[^\]\n]+")
_MOST_BRACKETS = 64
"""Brackets that are gone through to find the one that opens a link."""
_HTML = re.compile(
    r"<(?:a|img|source|video|audio)\b[^<>]*?\s(?:href|src)\s*=\s*(?:\"(?P<double>[^\"<>]*)\"|'(?P<single>[^'<>]*)')",
    re.IGNORECASE,
)
_SET = re.compile(r"<(?:img|source)\b[^<>]*?\ssrcset\s*=\s*([\"'])(?P<images>[^\"'<>]*)\1", re.IGNORECASE)
_IMAGE_OF_SET = re.compile(r"[^\s,][^\s]*[^\s,]")
"""One image of a set; a width or density may follow it (HTML, 4.8.4.2.1)."""
_BARE_END = re.compile(r"\.(?:toml|md|py|yaml|yml|sh|json|txt)(?![\w/*<>{}\[\]$+&-]|\.\w)(?::\d+(?:-\d+)?(?!\w|\.\w))?")
"""The end of a path in running text: a suffix of the list, and a line or two behind it."""
_BARE_BACK = re.compile(r"\w[\w./+-]*+")
"""The path before it, read backwards."""
_JOINS = frozenset("_./\\@~$&;=<>{}[]*#%+:-")
"""What joins a path to the word before it, so that it does not begin here."""
_PLACE = attrgetter("at")


class Reference(NamedTuple):
    """One reference: its line from 1, its place in the text, its form, its words and its target."""

    line: int
    at: int
    kind: Kind
    words: str
    target: Target


def references(source: str, roots: frozenset[str]) -> tuple[Reference, ...]:
    """All references of a Markdown text, in their order. ``roots``: names at the top of the repository."""
    return references_of(read_prose(source), roots)


def references_of(prose: Prose, roots: frozenset[str]) -> tuple[Reference, ...]:
    """The same of a text whose prose is known."""
    found = [*_links(prose.text), *_in_code(prose, roots)]
    if roots and "/" in prose.text:
        found += _bare(prose.text, roots, found)
    found.sort(key=_PLACE)
    indented = Indented(prose.blocks)
    return tuple(_lined(prose.source, (one for one in found if not indented.code(one.at))))


def _lined(source: str, found: Iterable[Reference]) -> Iterator[Reference]:
    """References in their order, each with its line."""
    line, seen = 1, 0
    for one in found:
        line += source.count("\n", seen, one.at)
        seen = one.at
        yield one._replace(line=line)


def _links(text: str) -> Iterator[Reference]:
    for found in _inline(text):
        if (target := of_link(found["target"])) and (opened := _opening(text, found.start())) is not None:
            yield Reference(0, found.start("target"), "image" if opened else "link", found["target"], target)
    if "]:" in text:
        for found in _DEFINITION.finditer(text):
            label = before(text, found.start())
            if label and _LABEL.fullmatch(label) and (target := of_link(found["target"])):
                yield Reference(0, found.start("target"), "definition", found["target"], target)
    if "<" in text:
        for found in _HTML.finditer(text):
            group = "double" if found["double"] is not None else "single"
            if target := of_link(found[group]):
                yield Reference(0, found.start(group), "html", found[group], target)
        for found in _SET.finditer(text) if "srcset" in text else ():
            yield from _set(found)


def _set(found: re.Match[str]) -> Iterator[Reference]:
    at = found.start("images")
    for part in found["images"].split(","):
        if (image := _IMAGE_OF_SET.search(part)) and (target := of_link(image[0])):
            yield Reference(0, at + image.start(), "html", image[0], target)
        at += len(part) + 1


def _inline(text: str) -> Iterator[re.Match[str]]:
    """What stands in parentheses behind a bracket, addresses of the web left out."""
    at = text.find("](")
    while at >= 0:
        found = None if text.startswith(_FAR, at + 2) else _LINK.match(text, at)
        if found:
            yield found
        at = text.find("](", found.end() if found else at + 2)


def _opening(text: str, closing: int) -> bool | None:
    """Whether an image's bracket opens what ``]`` closes here; None where nothing opens it in this paragraph."""
    depth, at = 1, closing
    lowest = max(closing - 4096, 0)
    lowest = max(text.rfind("\n\n", lowest, closing), text.rfind("\n \n", lowest, closing), lowest)
    for _ in range(_MOST_BRACKETS):
        opens, closes = text.rfind("[", lowest, at), text.rfind("]", lowest, at)
        if opens < 0:
            return None
        at = max(opens, closes)
        if at == 0 or text[at - 1] != "\\":
            depth += 1 if closes > opens else -1
        if not depth:
            return at > 0 and text[at - 1] == "!"
    return None


def _in_code(prose: Prose, roots: frozenset[str]) -> Iterator[Reference]:
    for span in prose.spans:
        if target := of_code(span.code.strip(" "), roots):
            yield Reference(0, span.at, "code", span.code.strip(" "), target)


def _bare(text: str, roots: frozenset[str], known: list[Reference]) -> Iterator[Reference]:
    """Paths in running text: they begin with a name at the top of the repository and end in a suffix of the list."""
    taken = {one.at for one in known}
    for end in _BARE_END.finditer(text):
        lowest = max(0, end.start() - LONGEST)
        found = _BARE_BACK.match(text[lowest : end.start()].rpartition(" ")[2][::-1])
        if not found or "/" not in found[0]:
            continue
        begin = end.start() - len(found[0])
        words = text[begin : end.end()]
        joined = begin > 0 and (begin == lowest or text[begin - 1] in _JOINS)
        if joined or begin in taken or words.partition("/")[0] not in roots:
            continue
        taken.add(begin)
        if target := of_code(words, roots):
            yield Reference(0, begin, "bare", words, target)
