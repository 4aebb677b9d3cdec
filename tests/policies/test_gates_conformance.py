"""The conformance kit of the gates: whatever goes wrong with a tool, no kind of gate may pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from gonogo_evidence import schema
from gonogo_policies.gates import GATE_ENV, Declaration, make_gate
from support.gates import changed, hasty_run, program, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.gates import GateResult
    from gonogo_policies.gates.declaration import Output

HANG = "exec sleep 30"
GOOD_XML = '<testsuite><testcase classname="t" name="a"/><testcase classname="t" name="b"/></testsuite>'
BAD_XML = '<testsuite><testcase classname="t" name="a"><failure/></testcase></testsuite>'
SARIF = '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "artifacts": [], "results": [%s]}]}'
ARTIFACTS = '[{"location": {"uri": "a.py"}}]'
RESULT = '{"ruleId": "R1", "message": {"text": "bad"}}'
EMPTY_XML = '<testsuite tests="9"/>'

_RUFF = """[ "$1" = --version ] && echo "ruff 9.9.9" && exit 0
case "$*" in
  *--show-files*) {listing} ;;
  *) {check} ;;
esac"""
LINT = "x/action.yml"
_ZIZMOR = """[ "$1" = --version ] && echo "zizmor 9.9.9" && exit 0
for last; do :; done
{body}"""
_DONE = 'echo " INFO audit: completed $last" >&2'
_LINTED = """echo '[{"ident": "i", "desc": "d", "determinations": {"severity": "High", "confidence": "High"},
"locations": [{"symbolic": {"kind": "Primary", "annotation": "a",
"key": {"Local": {"verbatim_path": "./x/action.yml"}}},
"concrete": {"location": {"start_point": {"row": 0}}, "feature": "f"}}]}]'"""
_AUDIT = '[ "$1" = --version ] && echo "pip-audit 9.9.9" && exit 0\n{}'
PACKAGE = '{"dependencies": [{"name": "a", "version": "1", "vulns": [%s]}%s], "fixes": []}'
_LIST = 'for last; do :; done; echo "$last"'
_ITEM = '[{"filename": "\'"$last"\'", "message": "m", "code": "F821", "location": {"row": 1}, "cell": null}]'


class Kind(NamedTuple):
    """How a kind of gate is brought to each behaviour: the fake program's body."""

    declaration: Declaration
    bodies: dict[str, str]


def command(output: Output, **bodies: str) -> Kind:
    """A command gate whose program is ``tool``."""
    settings = Declaration(
        "g",
        "command",
        hard=True,
        origin="trust",
        argv=("tool",),
        output=output,
        report="out/r.xml",
        pointers={"checked": "/n", "verdict": "/ok"} if output == "json" else {},
        timeout_seconds=1,
    )
    return Kind(settings, {"crash": "kill -9 $$", "hang": HANG, **bodies})


KINDS = {
    "ruff": Kind(
        Declaration("Lint Gate", "ruff", hard=True, timeout_seconds=1),
        {
            "crash": _RUFF.format(listing=_LIST, check="exit 101"),
            "hang": _RUFF.format(listing=_LIST, check=HANG),
            "garbage": _RUFF.format(listing=_LIST, check="echo All good!"),
            "zero": _RUFF.format(listing="exit 0", check="echo []"),
            "pass": _RUFF.format(listing=_LIST, check="echo []"),
            "fail": _RUFF.format(listing=_LIST, check=f"for last; do :; done; echo '{_ITEM}'; exit 1"),
        },
    ),
    "zizmor": Kind(
        Declaration("workflow-lint", "zizmor", hard=False, timeout_seconds=1),
        {
            "crash": _ZIZMOR.format(body="exit 3"),
            "hang": _ZIZMOR.format(body=HANG),
            "garbage": _ZIZMOR.format(body=f"{_DONE}; echo fine"),
            "left out": _ZIZMOR.format(body="echo []"),
            "red without a word": _ZIZMOR.format(body=f"{_DONE}; echo []; exit 14"),
            "pass": _ZIZMOR.format(body=f"{_DONE}; echo []"),
            "fail": _ZIZMOR.format(body=f"{_DONE}; {_LINTED}; exit 14"),
        },
    ),
    "audit": Kind(
        Declaration("audit", "audit", hard=True, timeout_seconds=1),
        {
            "crash": _AUDIT.format("kill -9 $$"),
            "hang": _AUDIT.format(HANG),
            "garbage": _AUDIT.format("echo No known vulnerabilities found"),
            "pass": _AUDIT.format("echo '{}'".format(PACKAGE % ("", ""))),
            "fail": _AUDIT.format("echo '{}'; exit 1".format(PACKAGE % ('{"id": "X-1", "fix_versions": []}', ""))),
        },
    ),
    "pytest": command(
        "pytest",
        crash="echo '3 passed in 0.1s'; exit 3",
        garbage="echo fine",
        zero="echo '2 skipped in 0.1s'",
        **{"pass": "echo '=== 3 passed, 1 skipped in 0.1s ==='"},
        fail="echo 'FAILED tests/test_a.py::test_b - boom'; echo '1 failed, 2 passed in 0.1s'; exit 1",
    ),
    "junit": command(
        "junit",
        garbage="mkdir -p out; echo '<testsuite' > out/r.xml",
        zero=f"mkdir -p out; echo '{EMPTY_XML}' > out/r.xml",
        **{"pass": f"mkdir -p out; echo '{GOOD_XML}' > out/r.xml"},
        fail=f"mkdir -p out; echo '{BAD_XML}' > out/r.xml; exit 1",
    ),
    "sarif": command(
        "sarif",
        garbage="mkdir -p out; echo '{}' > out/r.xml",
        zero=f"mkdir -p out; echo '{SARIF % ''}' > out/r.xml",
        **{"pass": f"mkdir -p out; echo '{(SARIF % '').replace('[]', ARTIFACTS, 1)}' > out/r.xml"},
        fail=f"mkdir -p out; echo '{SARIF % RESULT}' > out/r.xml; exit 1",
    ),
    "tap": command(
        "tap",
        garbage="mkdir -p out; echo fine > out/r.xml",
        zero="mkdir -p out; echo '1..0' > out/r.xml",
        **{"pass": "mkdir -p out; printf '1..2\\nok 1\\nok 2\\n' > out/r.xml"},
        fail="mkdir -p out; printf '1..2\\nok 1\\nnot ok 2 - b\\n' > out/r.xml; exit 1",
    ),
    "json": command(
        "json",
        garbage="mkdir -p out; echo '{\"n\": 3}' > out/r.xml",
        zero='mkdir -p out; echo \'{"n": 0, "ok": true}\' > out/r.xml',
        **{"pass": 'mkdir -p out; echo \'{"n": 3, "ok": true}\' > out/r.xml'},
        fail='mkdir -p out; echo \'{"n": 3, "ok": false}\' > out/r.xml',
    ),
    "exit": command("exit", **{"pass": "exit 0"}, fail="exit 3"),
}

EXPECTED = {
    "missing": ("INCONCLUSIVE", "GATE_TOOL_MISSING"),
    "crash": ("INCONCLUSIVE", "GATE_CRASHED"),
    "hang": ("INCONCLUSIVE", "GATE_TIMEOUT"),
    "garbage": ("INCONCLUSIVE", "GATE_OUTPUT"),
    "left out": ("INCONCLUSIVE", "GATE_OUTPUT"),
    "red without a word": ("INCONCLUSIVE", "GATE_OUTPUT"),
    "zero": ("INCONCLUSIVE", "GATE_CHECKED_NOTHING"),
    "pass": ("PASS", None),
    "fail": ("FAIL", None),
}
CASES = [
    (kind, behaviour)
    for kind, made in KINDS.items()
    for behaviour in EXPECTED
    if behaviour == "missing" or behaviour in made.bodies
]


def run(kind: Kind, behaviour: str, folder: Path) -> GateResult:
    """Run the gate in a tree with one changed Python file, with nothing but the fake tool and the system on PATH."""
    tools = folder / "bin"
    tools.mkdir()
    name = {"ruff": "ruff", "audit": "pip-audit", "zizmor": "zizmor"}.get(kind.declaration.kind, "tool")
    if behaviour != "missing":
        program(tools / name, kind.bodies[behaviour])
    tree = write(folder / "work" / "tree", {"a.py": "x = 1\n", "requirements.txt": "a==1\n", LINT: "x"})
    found = surroundings(
        tree,
        kind.declaration,
        changed("a.py", "requirements.txt", LINT),
        python=str(tools / "python"),
        path=f"{tools}:/usr/bin:/bin",
        run=hasty_run,
    )
    return make_gate(kind.declaration).run(found)


@pytest.mark.parametrize(("kind", "behaviour"), CASES)
def test_each_kind_tells_the_truth(kind: str, behaviour: str, tmp_path: Path) -> None:
    result = run(KINDS[kind], behaviour, tmp_path)
    verdict, code = EXPECTED[behaviour]
    assert (result.verdict, result.reason_code) == (verdict, code), str(result.reason)
    assert str(result.reason)
    assert (result.checked > 0) == (verdict != "INCONCLUSIVE")
    assert bool(result.findings) == (verdict == "FAIL")
    assert result.read_change <= (result.checked > 0)
    assert result.json()["findings_count"] == len(result.findings)
    kept = {name: value for name, value in result.json().items() if name != "observed"}
    assert schema.check("validator-report", {"schema": "gonogo/validator-report/v1", "gates": [kept]}) == []


def test_a_hanging_tool_is_stopped_and_says_so(tmp_path: Path) -> None:
    result = run(KINDS["pytest"], "hang", tmp_path)
    assert result.observed.timed_out
    assert result.observed.exit_code is None
    assert 190 <= result.observed.duration_ms < 5000


def test_the_kit_knows_every_kind_that_runs_programs() -> None:
    assert {kind.declaration.kind for kind in KINDS.values()} == {"ruff", "command", "audit", "zizmor"}


def test_the_program_knows_that_it_runs_inside_a_gate(tmp_path: Path) -> None:
    kind = command("exit", **{"pass": f'test "${GATE_ENV}" = g && test "$PYTHONDONTWRITEBYTECODE" = 1'})
    assert run(kind, "pass", tmp_path).verdict == "PASS"
