"""The hard controls that no check of steps A to F decides: what spoils them, in one state or duty, without a run."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from unittest import mock

from gonogo_agents.duties.recommend import recommend
from gonogo_agents.duties.risk_review import risk_review
from gonogo_agents.render.operator_summary import operator_summary
from gonogo_policies.criteria import criteria
from gonogo_policies.results import check_of
from support.states import FakeAsk, a_check, change_of, gate, result, sample_inputs, sample_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from gonogo_agents.duty import Result
    from gonogo_evidence.ids import JSON

    State = Mapping[str, JSON]

DUTY: Final = "gonogo_agents.duties"


@dataclass(frozen=True)
class Pure:
    """A check, its controls, and the mutation that turns it red."""

    check: str
    controls: tuple[str, ...]
    what: str
    look: Callable[[State], str]
    """The check's verdict in a state."""
    spoilt: Callable[[], State] = sample_state
    patch: tuple[str, object] | None = None

    @property
    def name(self) -> str:
        """As the test names it."""
        return f"{self.check}:{self.controls[0]}"

    def before(self) -> str:
        """The verdict where nothing is wrong."""
        return self.look(sample_state())

    def after(self) -> str:
        """The verdict with the mutation in force."""
        state = self.spoilt()
        wrong: AbstractContextManager[object] = mock.patch(*self.patch) if self.patch else nullcontext()
        with wrong:
            return self.look(state)


def _of(made: Result, name: str) -> str:
    found = check_of({"made": {"value": made.value}}, "made", name)
    return str(found["verdict"]) if found else "absent"


def risk(name: str) -> Callable[[State], str]:
    """A check of the risk review."""
    return lambda state: _of(risk_review(state, FakeAsk(change_of("src/app/core.py"))), name)


def recommendation(state: State) -> str:
    """The check of the recommendation."""
    return _of(recommend(state, FakeAsk()), "G-RECOMMENDATION")


def criterion(name: str) -> Callable[[State], str]:
    """A criterion of section 5."""
    return lambda state: next(one.verdict for one in criteria(state) if one.id == name)


def spoiling(**parts: Any) -> Callable[[], State]:  # noqa: ANN401 - as sample_state takes them
    """A state in which one part is another."""
    return lambda: sample_state(**parts)


def having(label: str, words: Callable[[State], str]) -> Callable[[State], str]:
    """PASS where the operator summary has a line with this label that says what the state holds."""

    def look(state: State) -> str:
        pack = cast("Mapping[str, Mapping[str, JSON]]", sample_state()["pack"])["value"]
        lines = operator_summary(state, cast("Any", pack)).splitlines()
        line = next((one for one in lines if one.startswith(f"- {label}: ")), "")
        return "PASS" if line and words(sample_state()) in line else "FAIL"

    return look


def _input(name: str) -> Callable[[State], str]:
    return lambda state: str(cast("Mapping[str, JSON]", state["inputs"])[name])


def _without(name: str) -> Callable[[], State]:
    inputs = {key: value for key, value in sample_inputs().items() if key != name}
    return spoiling(inputs=inputs)


def _said(words: str) -> Callable[[State], str]:
    return lambda _: words


SUMMARY: Final = f"{DUTY.removesuffix('.duties')}.render.operator_summary"


def _summary(number: str, label: str, words: Callable[[State], str], name: str, wrong: object) -> Pure:
    check = "SUMMARY-FORM"
    return Pure(check, (number,), f"without {label}", having(label, words), patch=(f"{SUMMARY}.{name}", wrong))


STEP_G: Final = (
    Pure(
        "G-FINDINGS",
        ("G-1",),
        "no finding leads to evidence",
        risk("G-FINDINGS"),
        patch=(f"{DUTY}.risk_review.lead_somewhere", lambda *_: False),
    ),
    Pure(
        "G-RISKS",
        ("G-2", "2-RISK-1"),
        "no rule weighs anything",
        risk("G-RISKS"),
        patch=(f"{DUTY}.risk_review.assess", lambda _: []),
    ),
    Pure(
        "G-MITIGATIONS",
        ("G-3", "2-RISK-2"),
        "nothing to do is named",
        risk("G-MITIGATIONS"),
        patch=(f"{DUTY}.risk_review._actions", lambda _: []),
    ),
    Pure(
        "G-RECOMMENDATION",
        ("G-4", "G-OUT-1", "0-NONGOAL-2", "2-ORCHESTRATOR-2", "3-MUST-4"),
        "GO whatever the criteria say",
        recommendation,
        spoiling(gates=[gate("Lint Gate", "FAIL")]),
        (f"{DUTY}.recommend.RECOMMENDATIONS", dict.fromkeys(("PASS", "FAIL", "INCONCLUSIVE"), "GO")),
    ),
)
SECTION_5: Final = (
    Pure("PASS-SCHEMA", ("5-PASS-1",), "the pack did not verify", criterion("5-PASS-1"), spoiling(pack=result("FAIL"))),
    Pure("PASS-MANIFEST", ("5-PASS-2",), "no word about inputs", criterion("5-PASS-2"), spoiling(execution=result())),
    Pure(
        "PASS-GATES",
        ("5-PASS-3",),
        "no gate read the change",
        criterion("5-PASS-3"),
        spoiling(gates=[gate(read_change=False)]),
    ),
    Pure("PASS-NOTES", ("5-PASS-4",), "no risk is named", criterion("5-PASS-4"), spoiling(risk_review=result())),
    Pure(
        "FAIL-SCHEMA",
        ("5-FAIL-1",),
        "the schema gate fails",
        criterion("5-FAIL-1"),
        spoiling(gates=[gate("schema", "FAIL")]),
    ),
    Pure(
        "FAIL-FIELDS",
        ("5-FAIL-2",),
        "a required field is missing",
        criterion("5-FAIL-2"),
        spoiling(gates=[gate("required-fields", "FAIL")]),
    ),
    Pure(
        "FAIL-REPRODUCE",
        ("5-FAIL-3",),
        "the core came out another",
        criterion("5-FAIL-3"),
        spoiling(pack=result("FAIL", checks=[a_check("F-CANONICAL", "FAIL")])),
    ),
    Pure(
        "FAIL-GOVERNANCE",
        ("5-FAIL-4",),
        "a live path is touched",
        criterion("5-FAIL-4"),
        spoiling(preflight_snapshot=result("FAIL", checks=[a_check("A-LIVE", "FAIL")])),
    ),
)
SECTION_8: Final = (
    _summary("8-SUMMARY-1", "Run", _input("model_id"), "inputs_of", lambda _: {}),
    _summary("8-SUMMARY-2", "Git", _input("git_ref"), "inputs_of", lambda _: {}),
    _summary("8-SUMMARY-3", "Result", _said("PASS"), "result_of", lambda _: ""),
    _summary("8-SUMMARY-4", "Top Findings", _said("(1)"), "findings_of", lambda _: ()),
    _summary("8-SUMMARY-5", "Risks", _said("×"), "risks_of", lambda _: ()),  # noqa: RUF001 - the runbook's own sign
    _summary("8-SUMMARY-6", "Recommendation", _said("GO"), "recommendation_of", lambda _: ""),
    _summary("8-EVIDENCE-1", "Evidence Pack", _said("EVP-"), "code", lambda _: ""),
    _summary("8-EVIDENCE-2", "Validator Report", _said("validator-report.json"), "code", lambda _: ""),
    _summary("8-EVIDENCE-3", "Logs/Manifest", _said("environment.json"), "code", lambda _: ""),
)
PURE: Final = (*STEP_G, *SECTION_5, *SECTION_8)
