"""The error tree, and what each branch exits with (the runbook's 0/1/2, extended; part of the contract).

    GonogoError
    ├── Failed            1   a check failed, or the decision was NO-GO
    ├── BadInput          2   bad arguments, not found, unusable place
    ├── Inconclusive      3   could not check, could not finish; nothing is lost
    ├── Refused           5   scope, separation of duties, untrusted signer, policy
    └── IntegrityBroken   6   bytes changed

Every error says what, where, and what to do next, and carries a stable code that ``gonogo explain`` knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from gonogo_evidence.text import Text


class GonogoError(Exception):
    """A refusal in words: stable ``code``, ``what`` happened, ``where``, and the ``next_step``."""

    exit_code: ClassVar[int] = 3

    def __init__(self, code: str, what: Text, *, where: str = "", next_step: Text | None = None) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.what = what
        self.where = where
        self.next_step = next_step


class Failed(GonogoError):
    """A check failed."""

    exit_code = 1


class BadInput(GonogoError):
    """Bad arguments, something that is not there, a place that cannot be used."""

    exit_code = 2


class Inconclusive(GonogoError):
    """It could not be checked or finished. Nothing is lost; the next step says how to go on."""

    exit_code = 3


class Refused(GonogoError):
    """A scope, separation of duties, trust or policy says no."""

    exit_code = 5


class IntegrityBroken(GonogoError):
    """Bytes are not what a digest or signature says."""

    exit_code = 6
