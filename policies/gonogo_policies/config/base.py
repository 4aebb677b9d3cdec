"""What every configuration model shares: strict, frozen, closed, and the field types they are made of."""

import unicodedata
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

from gonogo_policies import globs

T = TypeVar("T")

Autonomy: TypeAlias = Literal["RO", "REC", "PROP", "EXEC"]
"""The runbook's levels, from the lowest to the one that is always refused."""

AUTONOMY_ORDER: Final[tuple[Autonomy, ...]] = ("RO", "REC", "PROP", "EXEC")

RoleName: TypeAlias = Literal[
    "ORCHESTRATOR", "FACTS_COLLECTOR", "SCOPE_KEEPER", "CI_GUARDIAN", "EVIDENCE_SCRIBE", "RISK_OFFICER"
]
"""The runbook's six roles; the agents floor has the same list, and a test keeps the two equal."""

LayerName: TypeAlias = Literal["L0", "L1", "L2", "L3", "L4", "L5", "L6"]

NONE: Final = "none"
"""What stands where a layer has no model, critic, scope or profile."""


class Model(BaseModel):
    """A part of a configuration file: no unknown keys, no conversions, no changes after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _decimal(value: object) -> object:
    """Keep a TOML number as its decimal digits: evidence holds no floats."""
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _day(value: object) -> object:
    return value.isoformat() if type(value) is date else value


def _glob(value: str) -> str:
    if reason := globs.problem(value):
        raise ValueError(reason)
    return nfc(value)


def nfc(value: str) -> str:
    """Bring words into Unicode normal form C: they go into evidence, which takes no other."""
    return unicodedata.normalize("NFC", value)


def _distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) != len(values):
        raise ValueError("the list names something twice")
    return values


def some(values: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse the empty list, after its items: a length check of pydantic's own would hide what is wrong with them."""
    if not values:
        raise ValueError("the list is empty")
    return values


Many = Annotated[tuple[T, ...], Strict(strict=False)]
"""A TOML array; its items stay strict."""

Word = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"), AfterValidator(nfc)
]
"""A short name: one line, not empty."""

Key = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[ -~]*$")]
"""A key of one's own choice in a table: printable ASCII, since evidence takes no other keys."""

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(nfc)]
"""Words for people."""

Words = Annotated[Many[Word], AfterValidator(_distinct)]
"""A list of short names, none twice."""

Note = Annotated[str, StringConstraints(max_length=2000), AfterValidator(nfc)]
"""Words for people, or none."""

Glob = Annotated[str, AfterValidator(_glob)]
Globs = Annotated[Many[Glob], AfterValidator(_distinct)]
"""Path globs as :mod:`gonogo_policies.globs` reads them."""

Decimal = Annotated[str, BeforeValidator(_decimal), StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?$")]
"""A number that is not an integer, kept as decimal text; a TOML number is taken by its digits."""

DecimalText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?$")]
"""The same, written as a string in the file."""

Day = Annotated[str, BeforeValidator(_day), StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
"""A date, ``YYYY-MM-DD``; a TOML date is taken too."""

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]

ModelId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$")]
"""A model's dotted id, or ``none``."""

ModelIds = Annotated[Many[ModelId], AfterValidator(_distinct)]

Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""A name that can also be a file's."""
