"""The page's own rules, one case for each, on a page that passes otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.index_page_rules import cells, check_page

pytestmark = pytest.mark.fast

HEAD = "| Evidence ID | Date | Owner | Source Link | Claim / What It Demonstrates | Verification | Notes |"
ROW = "| EV-20260109-SMOKE | 2026-01-09 | ops | [x](x.md) | claim | make smoke | |"
GOOD = f"# Index\n\n{HEAD}\n|---|---|---|---|---|---|---|\n{ROW}\n\n### CI / Workflow Evidence\n\n- EV-20260109-SMOKE\n"


def rules(page: str) -> list[tuple[str, int]]:
    return [(one.rule, one.line) for one in check_page(page.encode(), lambda path: path == "x.md")]


def test_a_good_page_has_no_problems() -> None:
    assert rules(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("EV-20260109-SMOKE |", "EV-20260109-S |", ("row-id", 5)),
        ("EV-20260109-SMOKE |", "EV-20260109-" + "A" * 21 + " |", ("row-id", 5)),
        ("EV-20260109-SMOKE |", "EV-2026-SMOKE |", ("row-id", 5)),
        ("EV-20260109-SMOKE |", "EV-20260109-smoke |", ("row-id", 5)),
        ("2026-01-09", "2026-02-30", ("row-date", 5)),
        ("2026-01-09", "9.1.2026", ("row-date", 5)),
        ("| ops |", "|  |", ("row-empty", 5)),
        ("| [x](x.md) |", "|  |", ("row-empty", 5)),
        ("| claim |", "| |", ("row-empty", 5)),
        ("| make smoke |", "| |", ("row-empty", 5)),
        ("[x](x.md)", "[x](y.md)", ("row-source", 5)),
        ("[x](x.md)", "x.md", ("row-source", 5)),
        ("[x](x.md)", "[x](https://x.example/x.md)", ("row-source", 5)),
        ("| claim |", "| claim | more |", ("row-cells", 5)),
        (ROW, f"|{ROW}", ("row-cells", 5)),
        (ROW, f"{ROW}\n{ROW}", ("row-twice", 6)),
        ("CI / Workflow Evidence", "Other", ("page-category", 0)),
    ],
)
def test_each_rule_is_kept(old: str, new: str, found: tuple[str, int]) -> None:
    assert rules(GOOD.replace(old, new, 1)) == [found]


@pytest.mark.parametrize("page", ["", "### CI/Workflow\n", f"### CI/Workflow\n```\n{ROW}\n```\n"])
def test_a_page_without_entries_does_not_pass(page: str) -> None:
    assert ("page-empty", 0) in rules(page)


def test_a_category_in_code_is_none_and_a_link_to_a_part_of_a_file_is_one() -> None:
    assert rules(GOOD.replace("### CI / Workflow Evidence", "```\n### CI/Workflow\n```")) == [("page-category", 0)]
    assert rules(GOOD.replace("x.md", "x.md#part")) == []


def test_an_escaped_bar_does_not_split_a_cell() -> None:
    assert cells(r"| a \| b | c |") == [r"a \| b", "c"]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_answered(page: bytes) -> None:
    assert check_page(page, lambda _: True)
