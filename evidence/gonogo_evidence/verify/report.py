"""What verify says: checks, and the report that sums them up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from gonogo_evidence.verdict import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.errors import GonogoError
    from gonogo_evidence.ids import JSON, Digest
    from gonogo_evidence.text import Text

Area: TypeAlias = Literal["authentic", "verdict", "decision"]
"""The three questions: are these the sealed bytes; what did the run find; what did people decide."""
AREAS: tuple[Area, ...] = get_args(Area)

ORDER = (6, 5, 2, 1, 3, 4, 0)
"""Exit codes, the worst first."""
OK = "OK"
_EXITS: dict[Verdict, int] = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    id: str
    """Stable, ``area.subject``."""
    verdict: Verdict
    code: str
    """``OK``, or the stable code of what is wrong."""
    evidence: Text
    """What was compared with what, in words."""
    where: str = ""
    """The file or field."""
    area: Area = "authentic"
    exit_code: int | None = None
    """What this check makes the command exit with; None takes the customary one of the verdict."""

    @property
    def exit(self) -> int:
        """The exit code that counts: the stated one, else 0, 1 or 3 by the verdict."""
        return _EXITS[self.verdict] if self.exit_code is None else self.exit_code

    @property
    def limit(self) -> bool:
        """Whether it is a stated limit: something that cannot be known here, shown, and not held against the pack."""
        return self.verdict == "INCONCLUSIVE" and self.exit == 0

    def json(self) -> dict[str, JSON]:
        """The form for ``--json``."""
        return {
            "id": self.id,
            "verdict": self.verdict,
            "code": self.code,
            "evidence": str(self.evidence),
            "where": self.where,
            "area": self.area,
            "limit": self.limit,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one pack."""

    checks: tuple[Check, ...]
    pack_id: str | None = None
    pack_digest: Digest | None = None
    core_digest: Digest | None = None
    review_digest: Digest | None = None
    areas: tuple[Area, ...] = field(default=("authentic", "verdict"))
    """The questions that were asked; one of them without a single check is INCONCLUSIVE."""

    def of(self, area: Area) -> tuple[Check, ...]:
        """The checks of one area."""
        return tuple(check for check in self.checks if check.area == area)

    def verdict(self, area: Area) -> Verdict:
        """The worst in an area. Limits do not count; an area in which nothing was checked is INCONCLUSIVE."""
        return worst(check.verdict for check in self.of(area) if not check.limit)

    def exit_for(self, *areas: Area) -> int:
        """The worst exit code over these areas, in the order 6, 5, 2, 1, 3, 4, 0. Nothing checked is 3."""
        codes = {check.exit for check in self.checks if check.area in areas}
        if not areas or any(all(check.limit for check in self.of(area)) for area in areas):
            codes.add(_EXITS["INCONCLUSIVE"])
        return next((code for code in ORDER if code in codes), _EXITS["INCONCLUSIVE"])

    @property
    def exit_code(self) -> int:
        """The worst exit code over the areas that were asked about."""
        return self.exit_for(*self.areas)

    def json(self) -> dict[str, JSON]:
        """The form for ``--json``: one verdict an area, the digests, the checks."""
        return {
            "schema": "gonogo/verify/v1",
            **{area: self.verdict(area) if area in self.areas else None for area in AREAS},
            "pack_id": self.pack_id,
            "pack_digest": self.pack_digest,
            "core_digest": self.core_digest,
            "review_digest": self.review_digest,
            "exit_code": self.exit_code,
            "checks": [check.json() for check in self.checks],
        }


def passed(id_: str, evidence: Text, *, area: Area = "authentic", where: str = "") -> Check:
    """A check that holds."""
    return Check(id_, "PASS", OK, evidence, where, area)


def broken(id_: str, code: str, evidence: Text, *, area: Area = "authentic", where: str = "") -> Check:
    """Bytes are not what a digest or signature says: FAIL, exit 6."""
    return Check(id_, "FAIL", code, evidence, where, area, 6)


def limit(id_: str, code: str, evidence: Text, *, area: Area = "authentic", where: str = "") -> Check:
    """A stated limit: INCONCLUSIVE, and not held against the pack."""
    return Check(id_, "INCONCLUSIVE", code, evidence, where, area, 0)


def of_error(id_: str, error: GonogoError, *, area: Area) -> Check:
    """A check whose answer is an error: INCONCLUSIVE where it could not be done, else FAIL; with its exit code."""
    unable = error.exit_code == _EXITS["INCONCLUSIVE"]
    return Check(id_, "INCONCLUSIVE" if unable else "FAIL", error.code, error.what, error.where, area, error.exit_code)


def every(id_: str, problems: Iterable[Check], good: Text, *, area: Area = "authentic") -> tuple[Check, ...]:
    """The problems, the first hundred of them; where there is none, one check that holds."""
    found = tuple(problems)
    return found[:100] if found else (passed(id_, good, area=area),)
