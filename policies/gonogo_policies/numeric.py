"""Numeric reports held against a baseline: CSV or JSON, cell by cell, with a tolerance for each column.

Numbers are decimals, never floats, so that a tolerance means what it says. A cell that is new or gone is a movement,
and a NaN meets nothing but a NaN.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, TypeAlias, cast

Move: TypeAlias = Literal["MOVED", "CHANGED", "NEW", "GONE", "NAN"]
Form: TypeAlias = Literal["csv", "json"]
MOST_CELLS: Final = 2_000_000
LARGEST_EXPONENT: Final = 400
"""What a double can hold, and more; beyond, a value is words: it must be exactly as it was."""


class Unreadable(Exception):
    """Not a report in this form; the words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a value may be from its baseline: the wider of both, 0 for exactly equal."""

    absolute: Decimal = Decimal(0)
    relative: Decimal = Decimal(0)
    """Of the baseline's own size."""
    nan_is_equal: bool = True
    """Whether NaN in both is as it was; else each NaN is a finding."""

    def holds(self, before: Decimal, now: Decimal) -> bool:
        """Whether a value is near enough. Two infinities must be the same one."""
        if before.is_nan() or now.is_nan():
            return self.nan_is_equal and before.is_nan() and now.is_nan()
        if before.is_infinite() or now.is_infinite():
            return before == now
        return abs(now - before) <= max(self.absolute, self.relative * abs(before))


EXACT: Final = Tolerance()


@dataclass(frozen=True, slots=True)
class Rules:
    """How two reports are held against each other."""

    key: tuple[str, ...] = ()
    """Columns that name a row; none: its number."""
    columns: Mapping[str, Tolerance] = field(default_factory=dict[str, Tolerance])
    ignore: frozenset[str] = frozenset()
    delimiter: str = ","
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Cell:
    """One value and where it stands."""

    row: str
    column: str
    text: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not as it was."""

    kind: Move
    cell: Cell
    before: str = ""
    now: str = ""
    share: Decimal | None = None
    """The movement, of the baseline's size, where both are finite and that is not 0."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared and what moved."""

    numbers: int
    """Cells that are numbers in both."""
    cells: int
    differences: tuple[Difference, ...]


def compare(baseline: bytes, report: bytes, form: Form, rules: Rules) -> Compared:
    """Hold a report against its baseline. Raises Unreadable."""
    before, now = _cells(baseline, form, rules), _cells(report, form, rules)
    numbers = 0
    found: list[Difference] = []
    for place, cell in before.items():
        other = now.get(place)
        if other is None:
            found.append(Difference("GONE", cell, cell.text))
            continue
        old, new = _number(cell.text, rules), _number(other.text, rules)
        numbers += old is not None and new is not None
        if difference := _differs(cell, other, (old, new), rules.columns.get(cell.column, EXACT)):
            found.append(difference)
    found += [Difference("NEW", cell, now=cell.text) for place, cell in now.items() if place not in before]
    return Compared(numbers, len(before | now), tuple(found))


def _differs(
    cell: Cell, other: Cell, values: tuple[Decimal | None, Decimal | None], allowed: Tolerance
) -> Difference | None:
    old, new = values
    if old is None or new is None:
        return None if cell.text == other.text else Difference("CHANGED", cell, cell.text, other.text)
    if allowed.holds(old, new):
        return None
    if old.is_nan() or new.is_nan():
        return Difference("NAN", cell, cell.text, other.text)
    share = (new - old) / abs(old) if old.is_finite() and new.is_finite() and old else None
    return Difference("MOVED", cell, cell.text, other.text, share)


def _cells(data: bytes, form: Form, rules: Rules) -> dict[tuple[str, str], Cell]:
    try:
        text = data.decode("utf-8-sig")
        listed = _csv(text, rules) if form == "csv" else _json(text, rules)
    except (ValueError, csv.Error, RecursionError) as error:
        raise Unreadable(str(error) or "it is not in its form") from error
    found: dict[tuple[str, str], Cell] = {}
    for cell in listed:
        if cell.column in rules.ignore or cell.column in rules.key:
            continue
        if (cell.row, cell.column) in found:
            raise Unreadable(f"two rows are named {cell.row}")
        found[cell.row, cell.column] = cell
    if len(found) > MOST_CELLS:
        raise Unreadable("it has too many values")
    return found


def _csv(text: str, rules: Rules) -> list[Cell]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=rules.delimiter, strict=True)
    head = [name.strip() for name in next(rows, list[str]())]
    if len(set(head)) != len(head):
        raise ValueError("two columns have one name")
    if missing := [name for name in rules.key if name not in head]:
        raise ValueError(f"there is no column {missing[0]}")
    found: list[Cell] = []
    for number, row in enumerate((row for row in rows if row), 1):
        if len(row) != len(head):
            raise ValueError(f"line {rows.line_num} has {len(row)} values for {len(head)} columns")
        values = dict(zip(head, (value.strip() for value in row), strict=True))
        name = _row_name(values, number, rules)
        found += [Cell(name, column, value, rows.line_num) for column, value in values.items()]
    return found


def _json(text: str, rules: Rules) -> list[Cell]:
    """A list of flat objects is a table; of anything else, each value has its pointer, and its last name as column."""
    document: object = json.loads(text, parse_float=Decimal, parse_constant=Decimal, object_pairs_hook=_once)
    rows = _table(document)
    if rows is None:
        return _values(document, "", "")
    return [
        Cell(_row_name(row, number, rules), column, _words(value))
        for number, row in enumerate(rows, 1)
        for column, value in row.items()
    ]


def _table(document: object) -> list[dict[str, object]] | None:
    if isinstance(document, list) and all(map(_is_flat, cast("list[object]", document))):
        return cast("list[dict[str, object]]", document)
    return None


def _values(value: object, pointer: str, name: str) -> list[Cell]:
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return [cell for key, one in items for cell in _values(one, f"{pointer}/{key}", key)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        listed = enumerate(cast("Sequence[object]", value))
        return [cell for index, one in listed for cell in _values(one, f"{pointer}/{index}", name)]
    return [Cell(pointer or "/", name, _words(value))]


def _row_name(values: Mapping[str, object], number: int, rules: Rules) -> str:
    if missing := [name for name in rules.key if name not in values]:
        raise ValueError(f"there is no column {missing[0]}")
    return ", ".join(f"{name}={_words(values[name])}" for name in rules.key) or f"row {number}"


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def _number(text: str, rules: Rules) -> Decimal | None:
    """A number as its column writes it; nothing is grouped in thousands."""
    words = text.replace(rules.decimal, ".") if rules.decimal != "." and "." not in text else text
    if "_" in words or not words.isascii():
        return None
    try:
        found = Decimal(words)
    except InvalidOperation:
        return None
    if found.is_nan():
        return Decimal("NaN")
    return found if found.is_infinite() or abs(found.adjusted()) <= LARGEST_EXPONENT else None


def _is_flat(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return not any(isinstance(one, dict | list) for one in cast("dict[str, object]", value).values())


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
