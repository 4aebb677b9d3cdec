"""Conditions that are never true for a change, or no conditions; what cannot be told is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.ci.conditions import always_starts, never_starts, starts_after_failure

CHANGE = frozenset({"pull_request"})
QUEUE = frozenset({"pull_request", "merge_group"})


@pytest.mark.parametrize(
    "condition",
    [
        "false", "${{ false }}", " ${{  !true }} ", "0", "''", "null", "always() && false", "false && always()",
        "(false)", "((a || b) && false)", "false || (x && !true)", "github.event_name == 'push'",
        "github.event_name == 'schedule' || github.event_name == 'push'", "github.event_name != 'pull_request'",
        "github.ref == 'refs/heads/main'", "startsWith(x, 'a && b') && github.ref_type == 'tag'",
    ],
)  # fmt: skip
def test_never(condition: str) -> None:
    assert never_starts(condition, CHANGE)
    assert not always_starts(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "", "always()", "${{ always() }}", "success()", "a || false", "github.event_name == 'pull_request'",
        "github.event_name != 'push'", "needs.a.outputs.x == 'true'", "x == 'false && y'", "!false", "(a) && (b)",
        "github.ref != 'refs/heads/main'", "(false) || (true)",
    ],
)  # fmt: skip
def test_not_never(condition: str) -> None:
    assert not never_starts(condition, CHANGE)


def test_one_event_of_a_change_is_enough() -> None:
    assert not never_starts("github.event_name != 'pull_request'", QUEUE)
    assert never_starts("github.event_name == 'push'", QUEUE)
    assert not never_starts("github.ref == 'refs/heads/main'", frozenset({"pull_request_target"}))


def test_what_is_asked_although_something_failed() -> None:
    assert starts_after_failure("${{ always() && needs.a.result == 'success' }}")
    assert starts_after_failure("!cancelled()")
    assert not starts_after_failure("needs.a.outputs.x")


PIECES = st.lists(st.sampled_from(["false", "true", "a", "&&", "||", "(", ")", "'x'", "'", "!", "github.ref", "=="]))


@given(PIECES.map("".join))
def test_any_words_are_looked_at_and_what_may_always_run_never_never_does(condition: str) -> None:
    for events in (CHANGE, QUEUE, frozenset[str]()):
        assert not (always_starts(condition) and never_starts(condition, events))
