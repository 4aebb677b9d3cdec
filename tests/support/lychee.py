"""lychee's findings and the reference gate's, side by side, and the class of each difference.

Both are sets of (document, place). A place is relative to the repository, or what the author wrote where it is none.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from gonogo_policies.docs import Judge, Library, Tree
from gonogo_policies.docs.judge import MARKDOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Class: TypeAlias = Literal[
    "TOP", "CODE", "ROUTE", "FORGE", "HOST", "PAGE", "EMPTY", "STANDS_FOR", "ANCHOR_FORM", "UNUSED", "OTHER"
]
_UNBUILT = re.compile(r'Error building URL for "(?P<words>.*?)" \(', re.DOTALL)
_FORGE = re.compile(r"(?:\.\./)*\.\.(?:/|$)")
_STANDS_FOR = frozenset({"url", "URL", "link", "TODO", "TBD", "..."})


class Found(NamedTuple):
    """One finding: a document, the place, and how its author wrote it (``form`` of ours: link, code, ...)."""

    document: str
    place: str
    words: str
    form: str = ""


def theirs(report: Mapping[str, Any], root: str) -> set[Found]:
    """The findings in lychee's JSON report over documents below ``root``."""
    found: set[Found] = set()
    for name, errors in report["error_map"].items():
        document = (
            posixpath.relpath(posixpath.join(root, name), root)
            if not name.startswith("/")
            else posixpath.relpath(name, root)
        )
        for error in errors:
            text = error["status"]["text"]
            if unbuilt := _UNBUILT.search(text):
                words = unbuilt["words"]
                found.add(
                    Found(
                        document,
                        posixpath.normpath(words.lstrip("/").partition("#")[0].partition("?")[0] or "."),
                        words,
                    )
                )
                continue
            address = urlsplit(error["url"])
            place = posixpath.relpath(unquote(address.path), root)
            if address.netloc:
                place = f"//{address.netloc}{address.path}"
            if "ragment" in text:
                place = f"{place}#{unquote(address.fragment).lower()}"
            found.add(Found(document, place, place))
    return found


def ours(tree: Tree, library: Library, documents: Iterable[str], *, fragments: bool) -> set[Found]:
    """The gate's findings, those that only tell left out."""
    judge = Judge(tree, library)
    found: set[Found] = set()
    for document in documents:
        looked = judge.look(document)
        for one in looked.problems if looked is not None else ():
            if one.advice or (one.code == "MISSING_ANCHOR" and not fragments):
                continue
            end = f"#{one.reference.target.fragment.lower()}" if one.code == "MISSING_ANCHOR" else ""
            place = one.target.rstrip("/") or "."
            found.add(Found(document, f"{place}{end}", one.words, one.reference.kind))
    return found


def differences(our: set[Found], their: set[Found], tree: Tree) -> list[tuple[Class, str, Found]]:
    """Each difference with its class and whose it is (``ours``, ``lychee``)."""
    we, they = ({(one.document, one.place) for one in side} for side in (our, their))
    rows = [(_class_of_ours(one), "ours", one) for one in sorted(our) if (one.document, one.place) not in they]
    rows += [
        (_class_of_theirs(one, tree), "lychee", one) for one in sorted(their) if (one.document, one.place) not in we
    ]
    return rows


def _class_of_ours(one: Found) -> Class:
    if one.form in {"code", "bare"}:
        return "CODE"
    return "UNUSED" if one.form == "definition" else "OTHER"


def _class_of_theirs(one: Found, tree: Tree) -> Class:
    words = one.words
    if not words:
        return "EMPTY"
    if words.startswith("//"):
        return "HOST"
    if words.startswith("/"):
        return "TOP" if tree.find(one.place) else "ROUTE"
    if _FORGE.match(one.place):
        return "FORGE"
    if "#" in one.place:
        return "ANCHOR_FORM"
    if posixpath.basename(one.place) in _STANDS_FOR:
        return "STANDS_FOR"
    stem = one.place.removesuffix(".html")
    if any(tree.find(f"{stem}{end}") for end in (*MARKDOWN, ".mdx", ".rst", "/index.md", "/README.md")):
        return "PAGE"
    return "OTHER"


def corpus(root: Path) -> tuple[Tree, Library, list[str]]:
    """Everything below a folder, as the gate would see it if all of it were committed."""
    names = {
        path.relative_to(root).as_posix(): path
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and ".git" not in path.relative_to(root).parts
    }

    def read(name: str) -> str | None:
        try:
            return names[name].read_bytes().decode() if name in names else None
        except UnicodeDecodeError:
            return None

    tree = Tree(names)
    return tree, Library(read, tree.roots), sorted(name for name in names if name.endswith(".md"))
