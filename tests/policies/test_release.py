"""What a decision is held against: the worse of what the core and the recommendation say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.verdict import Verdict, worst
from gonogo_policies.release import shown_by

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

VERDICTS = st.sampled_from(get_args(Verdict))
NAMES = st.lists(st.sampled_from(("ci.lint", "A-LIVE", "F-IDS")), unique=True)
JUNK = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)


def points(names: list[str]) -> list[JSON]:
    return [{"id": name} for name in names]


@given(VERDICTS, NAMES, VERDICTS, NAMES, VERDICTS)
def test_the_worst_counts_and_every_open_point(
    core: Verdict, open_there: list[str], result: Verdict, open_here: list[str], check: Verdict
) -> None:
    recommendation: dict[str, JSON] = {
        "result": result,
        "inconclusive": points(open_here),
        "checks": [{"verdict": check}],
    }
    shown = shown_by({"verdict": core, "inconclusive": points(open_there)}, recommendation)
    assert shown.verdict == worst([core, result, check])
    assert set(shown.inconclusive) == {*open_there, *open_here}
    assert len(set(shown.inconclusive)) == len(shown.inconclusive)


@given(VERDICTS, NAMES, JUNK)
def test_without_a_result_nothing_can_be_released(core: Verdict, names: list[str], said: Any) -> None:  # noqa: ANN401 - junk
    for recommendation in ({}, {"result": said}, {"skipped": True, "result": said}):
        shown = shown_by({"verdict": core, "inconclusive": points(names)}, recommendation)
        assert shown.verdict == ("FAIL" if core == "FAIL" else "INCONCLUSIVE")
        assert shown.inconclusive == ()


@given(JUNK, JUNK, JUNK)
def test_junk_passes_nothing(core: Any, names: Any, checks: Any) -> None:  # noqa: ANN401 - junk
    recommendation: dict[str, JSON] = {"result": "PASS", "inconclusive": names, "checks": checks}
    shown = shown_by({"verdict": core}, recommendation)
    assert shown.verdict != "PASS"
