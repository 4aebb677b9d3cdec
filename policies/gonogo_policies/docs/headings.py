"""The anchors of a Markdown file: what a fragment can point at.

A heading's anchor is made as GitHub makes it (lower case, punctuation dropped, blanks to hyphens, ``-1`` for the second
of a name), and as two other renderers do; a fragment that fits any of them is there. So is an ``id`` or ``name`` in
HTML and ``{#id}`` behind a heading.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING

from gonogo_policies.docs.prose import before, read_prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_policies.docs.prose import Prose

_ATX = re.compile(r"#(?<!##)[#]{0,5}+[ \t]+(?P<words>[^\n]*)")
_LEAD = re.compile(r"[ >]{0,8}(?:[-*+][ \t]+)?")
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_UNDERLINE = re.compile(r"\n(?:=+|-+)[ \t]*(?=\n|\Z)")
_NAMED = re.compile(r"""<[a-zA-Z][^<>]*?\s(?:id|name)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_GIVEN = re.compile(r"(?<!\s)\s*+\{[^{}]*?#(?P<id>[\w:.-]++)[^{}]*+\}\s*$")
_MARKS = re.compile(r"[\[\]()<>&!]")
_TAG = re.compile(r"<[^<>]*+>")
_IMAGE = re.compile(r"!\[([^\]]{0,500})\]\([^)]{0,1024}\)")
_LINKED = re.compile(r"\[([^\]]{0,500})\](?:\([^)]{0,1024}\)|\[[^\]]{0,500}\])")
LONGEST = 2048
"""Characters of a heading; a longer one has no anchor that a target could name (:data:`target.LONGEST`)."""
_SIMPLE = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
"""Words that every renderer makes the same anchor of."""
_NOT_GITHUB = re.compile(r"[^\w\- ]")
_NOT_WORDS = re.compile(r"[^\w\s-]")
_EMPHASIS = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}")
_GAPS = re.compile(r"[-\s]+")
_HYPHENS = re.compile(r"-{2,}")


def anchors(source: str) -> frozenset[str]:
    """Every anchor of the text, in lower case."""
    return anchors_of(read_prose(source))


def anchors_of(prose: Prose) -> frozenset[str]:
    """The same of a text whose prose is known."""
    text = prose.blocks
    found = {one for pair in _NAMED.findall(text) for one in pair if one} if "<" in text else set[str]()
    seen: dict[str, int] = {}
    for words in _headings(text):
        if given := _GIVEN.search(words):
            found.add(given["id"])
            words = words[: given.start()]  # noqa: PLW2901 - the heading without its id
        for slug in _slugs(words):
            number = seen.get(slug, 0)
            found.add(f"{slug}-{number}" if number else slug)
            found.add(f"{slug}_{number}" if number else slug)
            seen[slug] = number + 1
    return frozenset(one.lower() for one in found)


def _headings(text: str) -> Iterator[str]:
    for found in _ATX.finditer(text):
        lead = before(text, found.start())
        if lead is not None and len(found["words"]) <= LONGEST and (not lead or _LEAD.fullmatch(lead)):
            yield _CLOSING.sub("", found["words"])
    for found in _UNDERLINE.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].strip()
        if line and len(line) <= LONGEST and not line.startswith((">", "#", "|")):
            yield line


def _slugs(words: str) -> set[str]:
    if _SIMPLE.fullmatch(words):
        return {words.lower().replace(" ", "-")}
    parts = words.split("`")
    parts[1::2] = (_MARKS.sub("", code) for code in parts[1::2])  # in code they are no Markdown, and no anchor has them
    plain = html.unescape(_TAG.sub("", _LINKED.sub(r"\1", _IMAGE.sub("", "".join(parts)))))
    plain = unicodedata.normalize("NFC", plain.strip())
    lower = plain.lower()
    github = _NOT_GITHUB.sub("", lower).replace(" ", "-")
    bare = _NOT_WORDS.sub("", _EMPHASIS.sub("", lower)).strip().replace(" ", "-")
    ascii_only = unicodedata.normalize("NFKD", lower).encode("ascii", "ignore").decode()
    python = _GAPS.sub("-", _NOT_WORDS.sub("", ascii_only).strip())
    gitlab = _HYPHENS.sub("-", github).strip("-")
    return {one for one in (github, bare, python, gitlab) if one}
