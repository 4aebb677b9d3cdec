"""Words from the world, made safe to show: no control, ANSI or bidi characters, and no Markdown of their own.

File names, reasons and messages of tools are written by others. On a card they may not move the cursor, hide text or
turn its direction; in Markdown they may not become a heading, a link, an image, a table or HTML.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ANSI: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)|\x9b[0-?]*[ -/]*[@-~]?"
)
"""Escape sequences as a whole: CSI, OSC and the other strings, two-character ones; cut-short ones too."""
HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories that show nothing or change how their surroundings are shown."""
UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(point)
    for start, end in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for point in range(start, end + 1)
)
"""Signs of other categories that show nothing: fillers, blanks, selectors of variants."""
MAX_MARKS: Final = 3
"""Combining marks in a row: enough for every language, not for a tower that covers other lines."""
SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~$])")
"""What can begin or end something in Markdown, wherever it stands."""
AT_START: Final = re.compile(r"^([-+=:]|[0-9]+(?=[.)]))")
"""What makes a list, a heading or the rule of a table of the line that it begins."""
LINKED: Final = re.compile(r"(?i)(https?|ftp|mailto|xmpp|www)([:.])")
"""What readers of Markdown turn into a link by themselves."""
ADDRESS: Final = re.compile(r"(?<![^\s`|])([^\s`|]*@[^\s`|]*)")
"""What looks like a mail address or the mention of a user. No escape keeps GitHub from linking it, only a code span."""
NOTHING: Final = "-"


def plain(words: str) -> str:
    """One line of visible characters, in normal form C."""
    spaced = re.sub(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+", " ", ANSI.sub("", words))
    seen = "".join(sign for sign in spaced if unicodedata.category(sign) not in HIDDEN and sign not in UNSEEN)
    return unicodedata.normalize("NFC", " ".join(_few_marks(seen).split()))


def markdown(words: str) -> str:
    """One line of Markdown that shows exactly these words, wherever on a line it is put."""
    parts = ADDRESS.split(plain(words) or NOTHING)
    told = "".join(f"`{part}`" if number % 2 else _escaped(part) for number, part in enumerate(parts))
    return AT_START.sub(_escape_start, told)


def code(words: str) -> str:
    """The words as a code span that nothing in them can end; good in a table too."""
    inside = plain(words).replace("`", "'").replace("|", "¦")
    return f"`{inside or NOTHING}`"


def width(words: str) -> int:
    """Columns on a terminal."""
    return sum(_columns(sign) for sign in words)


def clip(words: str, columns: int) -> str:
    """The words in at most so many columns, with an ellipsis where something was cut."""
    if width(words) <= columns:
        return words
    kept, used = "", 0
    for sign in words:
        used += _columns(sign)
        if used > columns - 1:
            break
        kept += sign
    return kept.rstrip() + "…"


def wrap(words: str, columns: int, lines: int) -> list[str]:
    """The words on at most ``lines`` lines of at most ``columns``; a cut shows as an ellipsis. Never empty."""
    rest, made = plain(words), list[str]()
    while len(made) < lines - 1 and width(rest) > columns:
        head = _head(rest, columns)
        made.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*made, clip(rest, columns)]


def _escaped(words: str) -> str:
    return LINKED.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", words.replace("&", "&amp;")))


def _escape_start(found: re.Match[str]) -> str:
    """``- x`` and ``= x`` get a backslash before, ``1. x`` one before its dot."""
    return f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}"


def _head(words: str, columns: int) -> str:
    """The longest beginning that fits, cut at a space if there is one."""
    used = end = space = 0
    for index, sign in enumerate(words):
        used += _columns(sign)
        if used > columns:
            break
        end = index + 1
        space = index if sign == " " else space
    return words[: space or end]


def _columns(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _few_marks(words: str) -> str:
    kept, marks = list[str](), 0
    for sign in words:
        marks = marks + 1 if unicodedata.category(sign) in {"Mn", "Me"} else 0
        if marks <= MAX_MARKS:
            kept.append(sign)
    return "".join(kept)
