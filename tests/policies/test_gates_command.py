"""Enrolled commands as gates: who may name them, and what their output proves."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.gates import CiFacts, Declaration, PlanContext, make_gate
from support.gates import changed, program, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.change import Change
    from gonogo_policies.gates import GateResult

TESTS = Declaration(
    "tests (3.11)",
    "command",
    hard=True,
    origin="trust",
    unless_only=("docs/**", "**/*.md"),
    argv=("{python}", "-m", "pytest", "-q", "--disable-plugin-autoload", "-p", "no:cacheprovider"),
    output="pytest",
)
GOOD = "def test_a():\n    assert 1 == 1\n"
BAD = "def test_b():\n    assert 1 == 2\n"


def run(tree: Path, gate: Declaration, change: Change | None = None, python: str = sys.executable) -> GateResult:
    tree.mkdir(parents=True, exist_ok=True)
    return make_gate(gate).run(surroundings(tree, gate, change or changed("src/a.py"), python=python))


def applies(gate: Declaration, *paths: str) -> tuple[bool, str]:
    found = make_gate(gate).applies(changed(*paths), PlanContext(None))
    return found.applies, str(found.trigger)


def shell(text: str, output: str = "exit", **more: object) -> Declaration:
    changes = {"argv": ("/bin/sh", "-c", text), "output": output, "name": "own", **more}
    return replace(TESTS, **changes)  # type: ignore[arg-type]  # fields by name


def test_a_real_suite_passes_with_its_count(tmp_path: Path) -> None:
    tree = write(
        tmp_path / "tree",
        {"tests/test_a.py": GOOD, "tests/test_s.py": "import pytest\npytest.skip('no', allow_module_level=True)\n"},
    )
    result = run(tree, TESTS)
    assert (result.verdict, result.checked, result.unit) == ("PASS", 1, "tests")
    assert result.read_change
    assert str(result.reason) == "Tests run: 1. Failed: 0. Skipped: 1."


def test_a_real_suite_fails_with_the_test_named(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"tests/test_a.py": GOOD + BAD})
    result = run(tree, TESTS)
    assert (result.verdict, result.checked) == ("FAIL", 2)
    assert [(one.path, one.code, one.message) for one in result.findings] == [
        ("tests/test_a.py", "failed", "tests/test_a.py::test_b")
    ]


def test_a_suite_that_cannot_be_collected_fails(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"tests/test_a.py": GOOD, "tests/test_c.py": "import nothing_of_this_name\n"})
    result = run(tree, TESTS)
    assert (result.verdict, result.findings[0].code) == ("FAIL", "error")


def test_no_test_at_all_is_not_green(tmp_path: Path) -> None:
    result = run(tmp_path / "tree", TESTS)
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")
    assert not result.read_change


def test_an_interpreter_without_pytest_is_a_missing_tool(tmp_path: Path) -> None:
    python = program(tmp_path / "python", 'echo "$0: No module named pytest" >&2; exit 1')
    result = run(tmp_path / "tree", TESTS, python=str(python))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_TOOL_MISSING")
    assert "pytest" in str(result.reason)


def test_a_module_that_the_tests_miss_is_no_missing_tool(tmp_path: Path) -> None:
    python = program(tmp_path / "python", 'echo "E: No module named numpy" >&2; echo "1 error in 0.1s"; exit 1')
    assert run(tmp_path / "tree", TESTS, python=str(python)).verdict == "FAIL"


@pytest.mark.parametrize(
    ("text", "verdict", "code"),
    [
        ("echo '3 passed in 0.1s'; exit 1", "INCONCLUSIVE", "GATE_CRASHED"),
        ("echo '3 passed in 0.1s'; exit 2", "INCONCLUSIVE", "GATE_CRASHED"),
        ("echo '3 passed in 0.1s'; exit 4", "INCONCLUSIVE", "GATE_CRASHED"),
        ("echo '3 passed in 0.1s'; exit 5", "INCONCLUSIVE", "GATE_CHECKED_NOTHING"),
        ("echo '1 failed, 3 passed in 0.1s'; exit 0", "FAIL", None),
        ("echo '2 xfailed in 0.1s'", "INCONCLUSIVE", "GATE_CHECKED_NOTHING"),
        ("echo 'no tests ran in 0.1s'", "INCONCLUSIVE", "GATE_CHECKED_NOTHING"),
        ("echo '3 passed'", "INCONCLUSIVE", "GATE_OUTPUT"),
    ],
)
def test_exit_code_and_closing_line_must_agree(tmp_path: Path, text: str, verdict: str, code: str | None) -> None:
    result = run(tmp_path / "tree", shell(text, "pytest"))
    assert (result.verdict, result.reason_code) == (verdict, code)


def test_nothing_enrolled_does_not_apply_and_says_how_to_enrol() -> None:
    gate = make_gate(replace(TESTS, argv=()))
    found = gate.applies(changed("src/a.py"), PlanContext(CiFacts((), {})))
    assert not found.applies
    assert str(found.trigger) == "an enrolled command"
    assert found.files == ("src/a.py",)
    assert "gonogo init" in str(found.why)
    assert gate.applies(changed("src/a.py"), PlanContext(None)).applies, "nobody looked for a job of this name"


def test_a_command_that_the_commit_names_is_never_started(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    gate = shell(f"touch {mark}", origin="commit", trigger={"all": ("**",)})
    assert applies(gate, "src/a.py")[0]
    assert not make_gate(gate).applies(changed("src/a.py"), PlanContext(None)).reads_change
    result = run(tmp_path / "tree", gate)
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_NOT_ENROLLED")
    assert not mark.exists()


def test_only_documentation_changed() -> None:
    assert applies(TESTS, "README.md", "docs/a.png") == (False, "a changed file outside of: docs/**, **/*.md")
    assert applies(TESTS, "README.md", "src/a.py")[0]


def test_an_exit_code_proves_one_command(tmp_path: Path) -> None:
    result = run(tmp_path / "tree", shell("exit 0"))
    assert (result.verdict, result.checked, result.unit) == ("PASS", 1, "commands")
    assert not result.read_change
    assert "all that is known" in str(result.reason)


def test_a_bare_exit_code_reads_the_change_only_where_its_entry_names_files(tmp_path: Path) -> None:
    assert run(tmp_path / "tree", shell("exit 0", trigger={"code": ("src/**",)})).read_change


def test_a_shell_that_finds_no_program_is_a_missing_tool(tmp_path: Path) -> None:
    result = run(tmp_path / "tree", shell("no-such-program-here"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_TOOL_MISSING")


def test_a_suite_that_touches_neither_python_nor_tests_did_not_read_the_change(tmp_path: Path) -> None:
    gate = shell("echo '3 passed in 0.1s'", "pytest")
    assert not run(tmp_path / "tree", gate, changed("Makefile")).read_change
    assert run(tmp_path / "tree", gate, changed("tests/data.bin")).read_change


def test_the_tree_is_the_working_folder_and_home_is_empty(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"here": ""})
    assert run(tree, shell('test -f here && test -z "$(ls -A "$HOME")" && test -z "$SSH_AUTH_SOCK"')).verdict == "PASS"


JUNIT = '<?xml version="1.0"?><testsuites><testsuite>{cases}</testsuite></testsuites>'
CASE = '<testcase classname="t.A" name="a" file="t/a.py" line="3">{mark}</testcase>'


def junit(tree: Path, cases: str, code: int = 0, **more: object) -> GateResult:
    text = f"cat > r.xml <<'END'\n{JUNIT.format(cases=cases)}\nEND\nexit {code}"
    return run(tree, shell(text, "junit", report="r.xml", **more))


def test_junit_counts_cases_and_names_failures(tmp_path: Path) -> None:
    cases = CASE.format(mark="") + CASE.format(mark="<skipped/>") + CASE.format(mark="<failure message='x'/>")
    result = junit(tmp_path / "tree", cases, 1)
    assert (result.verdict, result.checked) == ("FAIL", 2)
    (finding,) = result.findings
    assert (finding.path, finding.line, finding.message) == ("t/a.py", 3, "t.A::a")


def test_junit_with_nothing_but_skips_is_not_green(tmp_path: Path) -> None:
    result = junit(tmp_path / "tree", CASE.format(mark="<skipped/>"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")


def test_junit_green_with_a_bad_exit_code_is_not_green(tmp_path: Path) -> None:
    result = junit(tmp_path / "tree", CASE.format(mark=""), 3)
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CRASHED")


def test_a_report_that_was_committed_proves_nothing(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"r.xml": JUNIT.format(cases=CASE.format(mark=""))})
    result = run(tree, shell("exit 0", "junit", report="r.xml"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_OUTPUT")


def test_a_report_behind_a_link_is_not_read_and_not_removed(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", {"r.xml": "keep"})
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "out").symlink_to(elsewhere)
    result = run(tree, shell("exit 0", "junit", report="out/r.xml"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_OUTPUT")
    assert (elsewhere / "r.xml").read_text() == "keep"


def test_a_report_outside_of_the_tree_is_not_read(tmp_path: Path) -> None:
    for place in ("../r.xml", "/etc/hostname", ""):
        assert run(tmp_path / "tree", shell("exit 0", "junit", report=place)).reason_code == "GATE_OUTPUT"


def test_a_report_in_the_output_folder(tmp_path: Path) -> None:
    text = f"cat > \"$1/r.xml\" <<'END'\n{JUNIT.format(cases=CASE.format(mark=''))}\nEND"
    gate = shell("", "junit", argv=("/bin/sh", "-c", text, "sh", "{output}"), report="{output}/r.xml")
    assert run(tmp_path / "tree", gate).verdict == "PASS"
    assert not (tmp_path / "tree" / "r.xml").exists()
