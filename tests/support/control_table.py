"""Each hard control of steps A to F and of the gates (section 6) with a mutation that turns the check behind it red."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from support import mutations as wrong
from support.desk import packaged
from support.mutations import NOTHING, Mutation


@dataclass(frozen=True)
class Case:
    """A check, the controls that it decides, and what turns it red."""

    check: str
    controls: tuple[str, ...]
    mutation: Mutation
    before: Mutation = NOTHING
    """What the run is compared with, where the plain run lacks the thing that is mutated."""


NO_TEXT: Final = b"\xff\xfe\xff"
PYTEST: Final = ("{python}", "-m", "pytest", "-q", "--disable-plugin-autoload", "-p", "no:cacheprovider")
TESTED: Final = wrong.naming_tests(*PYTEST)
SCOPE: Final = "config/capability_scopes/L0_ops_docs.toml"
NO_TOOLS: Final = packaged("capability_scopes/L0_ops_docs.toml").replace('["files"]', '["telescope"]')
LINT: Final = {"src/sample.py": '"""Sample."""\n\nANSWER = undefined_name\n'}
RED_TEST: Final = {"tests/test_sample.py": "def test_answer() -> None:\n    assert 42 == 43\n"}
CI: Final = "on: push\njobs:\n  {name}:\n    runs-on: ubuntu-latest\n    steps: []\n"
PLAN: Final = "gonogo_agents.duties.scope_plan"


STEP_A: Final = (
    Case("A-ROOT", ("A-1",), Mutation("world", "git's work tree moved after start", after_start=wrong.elsewhere)),
    Case(
        "A-COMMIT",
        ("A-2", "1-IN-6"),
        Mutation(
            "handed on",
            "step A told a branch, not a commit",
            duty=wrong.seeing("preflight_snapshot", wrong.told(git_ref="main")),
        ),
    ),
    Case(
        "A-LIVE",
        ("A-5", "0-GUARD-2", "0-NONGOAL-3", "2-SCOPE-2"),
        Mutation("repository", "config/live/limits.toml committed", files={"config/live/limits.toml": "limit = 9\n"}),
    ),
)
STEP_B: Final = (
    Case(
        "B-SCHEMA", ("B-1",), Mutation("repository", "an unreadable schema", files={"schemas/evidence.json": NO_TEXT})
    ),
    Case(
        "B-LAYERS",
        ("B-2", "1-PRE-3"),
        Mutation("repository", "an unreadable layer map", files={"docs/layer_map.md": NO_TEXT}),
    ),
    Case(
        "B-CI",
        ("B-3", "2-FACTS-1"),
        Mutation("repository", "an unreadable workflow", files={".github/workflows/ci.yml": NO_TEXT}),
    ),
    Case(
        "B-COMMANDS",
        ("B-4", "2-FACTS-2"),
        Mutation("repository", "an unreadable Makefile", files={"Makefile": NO_TEXT}),
    ),
)
STEP_C: Final = (
    Case("C-GOAL", ("C-1", "2-ORCHESTRATOR-1"), Mutation("input", "blank reason", inputs=wrong.given(run_reason=" "))),
    Case("C-INPUTS", ("C-2",), Mutation("input", "seed not stated", inputs=wrong.without("seed"))),
    Case("C-INPUTS", ("1-IN-1",), Mutation("input", "no scope", inputs=wrong.given(scope=""))),
    Case("C-INPUTS", ("1-IN-4",), Mutation("input", "no reason", inputs=wrong.given(run_reason=""))),
    Case("C-INPUTS", ("1-IN-5",), Mutation("input", "no operator", inputs=wrong.given(operator_id=""))),
    Case("C-OUTPUTS", ("C-3",), Mutation("code", "a plan without outputs", patch=(f"{PLAN}.outputs_of", lambda _: ()))),
    Case("C-GATES", ("C-4",), Mutation("input", "no gate declared", inputs=wrong.given(gates=[]))),
    Case("C-GATES", ("2-CI-1",), Mutation("input", "each gate declared twice", inputs=wrong.gates_twice)),
    Case(
        "C-ABORT",
        ("C-5",),
        Mutation("code", "no criterion to stop at", patch=(f"{PLAN}.abort_criteria", lambda *_: [])),
    ),
    Case(
        "C-SCOPE",
        ("0-NONGOAL-1", "1-IN-3", "2-SCOPE-1"),
        Mutation("settings", "a scope without the tool that is used", files={SCOPE: NO_TOOLS}),
    ),
)
STEP_D: Final = (
    Case("D-INPUTS", ("D-1",), Mutation("input", "a seed that is no number", inputs=wrong.given(seed="7"))),
    Case("D-ASSIGNMENT", ("1-IN-2",), Mutation("input", "no model", inputs=wrong.given(model_id="none"))),
    Case("D-SOD", ("0-GUARD-3",), Mutation("input", "the proposer is its critic", inputs=wrong.own_critic)),
    Case(
        "D-CRITIC",
        ("0-GUARD-3-CRITIC",),
        Mutation(
            "handed on",
            "a critic that says both yes and no",
            inputs=wrong.given(mode="replay", asked={"contract": wrong.CONTRACT}),
            duty=wrong.asking("execution", wrong.answering("APPROVE", "Change it.")),
        ),
        before=Mutation(
            "handed on",
            "a critic that consents",
            inputs=wrong.given(mode="replay", asked={"contract": wrong.CONTRACT}),
            duty=wrong.asking("execution", wrong.answering("APPROVE")),
        ),
    ),
    Case(
        "D-OUTPUTS",
        ("D-2",),
        Mutation("handed on", "report under another path", duty=wrong.asking("execution", wrong.misplacing_reports)),
    ),
    Case(
        "D-OUTPUTS",
        ("D-OUT-1",),
        Mutation("handed on", "report lost", duty=wrong.asking("execution", wrong.losing_reports)),
    ),
)
STEP_E: Final = (
    Case(
        "E-SCHEMA",
        ("E-1", "E-OUT-1", "3-MUST-3"),
        Mutation("handed on", "numbers for sentences", duty=wrong.handing_on("gate_plan", wrong.shapeless_triggers)),
    ),
    Case(
        "E-FIELDS",
        ("A-OUT-1",),
        Mutation("handed on", "an empty preflight", duty=wrong.handing_on("preflight_snapshot", wrong.emptied)),
    ),
    Case(
        "E-FIELDS",
        ("B-OUT-1",),
        Mutation("handed on", "an empty inventory", duty=wrong.handing_on("inventory", wrong.emptied)),
    ),
    Case(
        "E-FIELDS",
        ("C-OUT-1",),
        Mutation("handed on", "an empty plan of gates", duty=wrong.handing_on("gate_plan", wrong.emptied)),
    ),
    Case(
        "E-FIELDS",
        ("3-MUST-2", "D-PATH-3"),
        Mutation(
            "handed on", "a manifest without operator", duty=wrong.seeing("validation", wrong.blind("operator_id"))
        ),
    ),
    Case(
        "E-FIELDS",
        ("2-SCRIBE-1", "E-2"),
        Mutation("handed on", "an empty execution", duty=wrong.handing_on("execution", wrong.emptied)),
    ),
    Case(
        "E-GATES",
        ("E-3",),
        Mutation(
            "repository",
            "a document points at what is not there",
            files={"README.md": "See [the guide](docs/guide.md).\n"},
        ),
    ),
    Case(
        "E-GATES",
        ("E-4",),
        Mutation(
            "repository",
            "CI has the audit, a dependency changes",
            files={"requirements.txt": "sample==1\n", ".github/workflows/audit.yml": CI.format(name="audit")},
        ),
    ),
    Case("E-GATES", ("2-CI-2", "E-LOCAL-1"), Mutation("repository", "an undefined name in Python", files=LINT)),
    Case(
        "E-GATES",
        ("E-LOCAL-5",),
        Mutation("repository", "a test that fails", files=RED_TEST, trust=TESTED),
        Mutation("settings", "a test command", trust=TESTED),
    ),
    Case("E-VALIDATE", ("E-EXIT-0",), Mutation("world", "half a single file", before_rebuild=wrong.half_single_file)),
    Case(
        "E-VALIDATE",
        ("E-EXIT-1",),
        Mutation("world", "a single file without run_reason", before_rebuild=wrong.single_file_without("run_reason")),
    ),
    Case("E-VALIDATE", ("E-EXIT-2",), Mutation("world", "no single file", before_rebuild=wrong.without_single_file)),
    Case(
        "E-VALIDATE",
        ("D-PATH-1",),
        Mutation("world", "single file under another name", before_rebuild=wrong.renamed_single_file),
    ),
)
STEP_F: Final = (
    Case(
        "F-CANONICAL",
        ("F-1", "0-GUARD-1", "0-GUARD-4", "3-MUST-1"),
        Mutation("world", "stored inputs changed after the seal", before_rebuild=wrong.other_seed),
    ),
    Case("F-IDS", ("F-2",), Mutation("world", "the clock set back during the run", clock=wrong.set_back)),
    Case("F-SUMMARY", ("F-4",), Mutation("code", "an empty summary", patch=(f"{wrong.PORT}.summary", lambda *_: ""))),
    Case(
        "F-VERIFY",
        ("F-OUT-1",),
        Mutation("world", "one byte of the sealed pack flipped", before_rebuild=wrong.flip_summary),
    ),
)
SECTION_6: Final = (
    Case("GATE-LINT", ("6-GATE-1",), Mutation("repository", "an undefined name in Python", files=LINT)),
    Case(
        "GATE-TESTS",
        ("6-GATE-5",),
        Mutation("repository", "a test that fails", files=RED_TEST, trust=TESTED),
        Mutation("settings", "a test command", trust=TESTED),
    ),
    Case(
        "GATE-DOCSONLY",
        ("6-DOCS-1", "6-DOCS-2", "6-DOCS-3", "6-DOCS-4"),
        Mutation(
            "code",
            "gates that do not say why",
            patch=("gonogo_agents.duties.gate_plan.plan_gate", wrong.saying_nothing),
        ),
    ),
)
CASES: Final = (*STEP_A, *STEP_B, *STEP_C, *STEP_D, *STEP_E, *STEP_F, *SECTION_6)
