"""Our part of a Markdown page that belongs to others: between two marks, and nothing else of the page is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.errors import BadInput
from gonogo_evidence.index_page_rules import outside_fences
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Marks:
    """The two lines around our part; both are comments, so that nobody sees them on the rendered page."""

    name: str

    @property
    def begin(self) -> str:
        """The line before."""
        return f"<!-- gonogo:{self.name}:begin (made by gonogo; write your own words outside) -->"

    @property
    def end(self) -> str:
        """The line after."""
        return f"<!-- gonogo:{self.name}:end -->"


@dataclass(frozen=True, slots=True)
class Page:
    """A page in three parts; ``before`` and ``after`` are others' and stay byte for byte."""

    before: bytes
    ours: tuple[str, ...] | None
    """The lines between the marks; None where the page has no part of ours yet."""
    after: bytes
    newline: bytes = b"\n"

    def text(self) -> str:
        """What is not ours."""
        return (self.before + b"\n" + self.after).decode()

    def with_ours(self, lines: Sequence[str], marks: Marks) -> bytes:
        """The page with other lines between the marks, with an empty line on either side where the part is new."""
        body = self.newline.join(line.encode() for line in (marks.begin, *lines, marks.end)) + self.newline
        if self.ours is not None:
            return self.before + body + self.after
        before = self.before if self.before.endswith((b"\n", b"\r")) or not self.before else self.before + self.newline
        gap = b"" if not before or before.endswith(self.newline * 2) else self.newline
        return before + gap + body + (self.newline if self.after.strip() else b"") + self.after


def open_page(data: bytes, marks: Marks, place: Callable[[Sequence[str]], int | None]) -> Page:
    """Take a page apart.

    Args:
        data: the page.
        marks: the lines around our part.
        place: given the page's lines, before which of them (from 1) a new part goes; None for the end.

    Raises:
        BadInput: PAGE_NOT_UNDERSTOOD for what is no text, has marks that do not fit, or ends inside code or a comment.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_understood(msg("it is not UTF-8 text")) from error
    if "\0" in text:
        raise not_understood(msg("it holds zero bytes"))
    lines = data.splitlines(keepends=True)
    words = [line.decode().rstrip("\r\n") for line in lines]
    newline = b"\r\n" if data.count(b"\r\n") * 2 > data.count(b"\n") else b"\n"
    outside = dict(outside_fences(words))
    begins = [number for number, line in outside.items() if line.strip() == marks.begin]
    ends = [number for number, line in outside.items() if line.strip() == marks.end]
    if begins or ends:
        if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
            raise not_understood(msg("the marks of gonogo's part do not stand there once each, in order"))
        inside = words[begins[0] : ends[0] - 1]
        return Page(b"".join(lines[: begins[0] - 1]), tuple(inside), b"".join(lines[ends[0] :]), newline)
    at = place(words)
    cut = len(lines) if at is None else at - 1
    if _unfinished(words[:cut]):
        raise not_understood(msg("a block of code or a comment does not end"))
    return Page(b"".join(lines[:cut]), None, b"".join(lines[cut:]), newline)


def not_understood(why: Text) -> BadInput:
    """The refusal; the page stays as it is."""
    return BadInput(
        "PAGE_NOT_UNDERSTOOD",
        msg("The page cannot be updated: {why}.", why=str(why)),
        next_step=msg("Mend the page by hand, then try again. Nothing was changed."),
    )


def _unfinished(lines: Sequence[str]) -> bool:
    """Whether what follows these lines would be code or a comment."""
    probe = "probe of gonogo"
    seen = [line for _, line in outside_fences([*lines, probe])]
    text = "\n".join(seen)
    return not seen or seen[-1] != probe or text.rfind("<!--") > text.rfind("-->")
