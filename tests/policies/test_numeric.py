"""Numeric reports against a baseline: tolerances, NaN, what is new or gone, and what is no report."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.gates.movement_picture import picture
from gonogo_policies.numeric import Form, Rules, Tolerance, Unreadable, compare

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.fast

NUMBERS = st.decimals(-(10**6), 10**6, places=4)
TABLES = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8)


def csv(rows: Sequence[tuple[object, ...]], head: str = "name,var,es") -> bytes:
    return "\n".join([head, *(",".join(map(str, row)) for row in rows), ""]).encode()


def kinds(before: bytes, now: bytes, rules: Rules, form: Form = "csv") -> list[tuple[str, str, str]]:
    return [(one.kind, one.cell.row, one.cell.column) for one in compare(before, now, form, rules).differences]


def rules(absolute: str = "0", relative: str = "0", *, nan: bool = True) -> Rules:
    return Rules(("name",), {"var": Tolerance(Decimal(absolute), Decimal(relative), nan)})


@given(TABLES)
def test_a_report_equals_itself_in_any_order_of_rows_and_columns(table: list[tuple[Decimal, Decimal]]) -> None:
    rows = [(f"r{number}", *values) for number, values in enumerate(table)]
    before = csv(rows)
    turned = csv([(es, var, name) for name, var, es in reversed(rows)], "es,var,name")
    compared = compare(before, turned, "csv", rules())
    assert (compared.numbers, compared.differences) == (2 * len(rows), ())


@given(NUMBERS, NUMBERS, st.decimals(0, 10, places=3), st.decimals(0, 1, places=3))
def test_a_value_moves_when_it_is_beyond_both_tolerances(
    old: Decimal, new: Decimal, absolute: Decimal, share: Decimal
) -> None:
    moved = kinds(csv([("a", old, 1)]), csv([("a", new, 1)]), rules(str(absolute), str(share)))
    assert bool(moved) == (abs(new - old) > max(absolute, share * abs(old)))


@pytest.mark.parametrize(
    ("new", "absolute", "share", "moved"),
    [
        ("101", "0", "0.01", False),
        ("101.01", "0", "0.01", True),
        ("99", "0", "0.01", False),
        ("102", "2", "0.01", False),
        ("102.5", "2", "0.01", True),
        ("104", "2", "0.05", False),
    ],
)
def test_the_wider_tolerance_counts(new: str, absolute: str, share: str, moved: bool) -> None:
    assert bool(kinds(csv([("a", "100", 1)]), csv([("a", new, 1)]), rules(absolute, share))) == moved


@pytest.mark.parametrize(
    ("old", "new", "nan", "kind"),
    [
        ("nan", "NaN", True, None),
        ("nan", "nan", False, "NAN"),
        ("nan", "1", True, "NAN"),
        ("1", "nan", True, "NAN"),
        ("inf", "Infinity", True, None),
        ("inf", "-inf", True, "MOVED"),
        ("1", "", True, "CHANGED"),
        ("1", "1.000", True, None),
        ("1e3", "1000", True, None),
        ("1", "1,0", True, None),
        ("n/a", "n/a", True, None),
        ("1e999999", "1e999999", True, None),
        ("1e999999", "-1e999999", True, "CHANGED"),
        ("n/a", "none", True, "CHANGED"),
        ("0", "0.01", True, "MOVED"),
    ],
)
def test_what_is_as_it_was(old: str, new: str, nan: bool, kind: str | None) -> None:
    if "," in new:
        german = Rules(("name",), {}, delimiter=";", decimal=",")
        assert kinds(f"name;var\na;{old}\n".encode(), f"name;var\na;{new}\n".encode(), german) == []
        return
    found = kinds(csv([("a", old, 1)]), csv([("a", new, 1)]), rules(nan=nan))
    assert [one[0] for one in found] == ([kind] if kind else [])


def test_rows_and_columns_that_come_and_go_are_movements() -> None:
    before, now = csv([("a", 1, 1), ("b", 2, 2)]), csv([("a", 1, 1), ("c", 3, 3)])
    assert sorted(kinds(before, now, rules())) == [
        ("GONE", "name=b", "es"),
        ("GONE", "name=b", "var"),
        ("NEW", "name=c", "es"),
        ("NEW", "name=c", "var"),
    ]
    assert kinds(before, csv([("a", 1), ("b", 2)], "name,var"), rules())[0][0] == "GONE"


def test_json_tables_and_trees() -> None:
    table = json.dumps([{"name": "a", "var": 1.5}]).encode()
    assert kinds(table, b'[{"name": "a", "var": 1.50}]', rules(), "json") == []
    tree = b'{"desk": {"var": [1.0, 2.0]}, "made": "monday"}'
    moved = b'{"desk": {"var": [1.0, 2.1]}, "made": "today"}'
    assert kinds(tree, moved, Rules(ignore=frozenset({"made"})), "json") == [("MOVED", "/desk/var/1", "var")]
    assert kinds(b'{"var": NaN}', b'{"var": NaN}', Rules(), "json") == []


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("csv", b"name,var\na,1,2\n"),
        ("csv", b"name,name\na,1\n"),
        ("csv", b"name,var\na,1\na,2\n"),
        ("csv", b"id,var\na,1\n"),
        ("csv", b'name,var\n"a,1\n'),
        ("csv", b"\xff"),
        ("json", b'{"a": 1, "a": 2}'),
        ("json", b"[" * 100_000),
        ("json", b"garbage"),
    ],
)
def test_what_is_no_report(form: Form, data: bytes) -> None:
    with pytest.raises(Unreadable):
        compare(b"name,var\na,1\n" if form == "csv" else b"{}", data, form, rules())


@given(st.binary(max_size=80), st.sampled_from(["csv", "json"]))
def test_garbage_is_refused_or_compared(data: bytes, form: Form) -> None:
    with contextlib.suppress(Unreadable):
        compared = compare(data, data, form, Rules())
        assert compared.differences == ()
        assert 0 <= compared.numbers <= compared.cells


@given(TABLES, TABLES, st.text(max_size=20))
def test_the_picture_is_whole_xml_and_shows_every_count(
    old: list[tuple[Decimal, Decimal]], new: list[tuple[Decimal, Decimal]], title: str
) -> None:
    before, now = (csv([(f"<r{number}&", *values) for number, values in enumerate(table)]) for table in (old, new))
    compared = compare(before, now, "csv", rules())
    drawn = ET.fromstring(picture(title, compared))  # noqa: S314 - our own
    words = [text.text or "" for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert f"{len(compared.differences)} of {compared.cells} values" in words[1]
    bars = list(drawn.iter("{http://www.w3.org/2000/svg}rect"))[1:]
    assert len(bars) <= min(24, len(compared.differences))
    assert picture(title, compared) == picture(title, compared)
