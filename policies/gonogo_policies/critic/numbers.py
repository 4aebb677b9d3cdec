"""Numbers as settings write them, and whether one limit is looser than another."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

Direction: TypeAlias = Literal["up", "down"]
"""Where a limit is loosened: a ceiling when it goes up, a floor when it goes down."""
Move: TypeAlias = Literal["looser", "tighter", "same", "unclear"]

_NUMBER = re.compile(r"([-+]?)((?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][-+]?\d{1,3})?)\s*(%?)")
_WRAPPED = re.compile(r"(?:Decimal|float|int|D)\(\s*(.*?)\s*\)", re.DOTALL)
_ENDLESS = frozenset({"inf", "+inf", ".inf", "infinity", "none", "null", "nil", "unlimited", "math.inf", "np.inf", "~"})
INFINITE = Decimal("Infinity")


def number(words: str) -> Decimal | None:
    """The number that a setting's value is, quotes and wrappers (``Decimal("3")``) taken off; None: it is none.

    Words for "no limit" (``inf``, ``none``, ``null``) are infinite. ``5%`` is 0.05.
    """
    bare = words.strip().strip("\"'")
    while found := _WRAPPED.fullmatch(bare):
        bare = found[1].strip("\"'")
    if bare.lower() in _ENDLESS:
        return INFINITE
    read = _NUMBER.fullmatch(bare)
    if read is None:
        return None
    try:
        value = Decimal(read[1] + read[2].replace("_", ""))
    except InvalidOperation:
        return None
    return value / 100 if read[3] else value


def move(old: str, new: str, loosens: Direction) -> Move:
    """How a limit moved from one value to another.

    Two negative numbers count by their size (a drawdown of -0.2 that becomes -0.3 is looser). A limit that loses its
    sign, or becomes nought where it was none, is unclear: both can mean that there is no limit any more.
    """
    before, after = number(old), number(new)
    if before is None or after is None:
        return "same" if old.strip() == new.strip() else "unclear"
    if before == after:
        return "same"
    if before < 0 and after < 0:
        before, after = -before, -after
    elif (before < 0) != (after < 0) or (after == 0 and loosens == "up"):
        return "unclear"
    return "looser" if (after > before) == (loosens == "up") else "tighter"
