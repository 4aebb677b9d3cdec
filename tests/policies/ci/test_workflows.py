"""Workflows as the forge reads them: names of checks, triggers, steps, and what is no workflow."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.ci import Workflow, WorkflowInvalid, read_workflow
from gonogo_policies.ci.document import DocumentInvalid, read_document
from gonogo_policies.ci.shell import called_scripts, loses_exit_code, shrugs_off

PATH = ".github/workflows/ci.yml"


def one(jobs: str, on: str = "pull_request") -> Workflow:
    """A workflow with these jobs."""
    return read_workflow(PATH, f"name: ci\non: {on}\njobs:\n{jobs}")


def contexts(job: str) -> tuple[str, ...] | None:
    """The check names of one job."""
    return one(job).jobs[0].contexts


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("  lint:\n    steps: []", ("lint",)),
        ("  lint:\n    name: Lint Gate", ("Lint Gate",)),
        ("  t:\n    strategy: {matrix: {v: [3.10, 3.11]}}", ("t (3.1)", "t (3.11)")),
        ("  t:\n    strategy: {matrix: {v: ['3.10', '3.11']}}", ("t (3.10)", "t (3.11)")),
        ("  t:\n    name: tests (${{ matrix.v }})\n    strategy:\n      matrix:\n        v: ['3.9']", ("tests (3.9)",)),
        ("  t:\n    strategy: {matrix: {a: [1, 2], b: [x, y]}}", ("t (1, x)", "t (1, y)", "t (2, x)", "t (2, y)")),
        (
            "  t:\n    strategy: {matrix: {a: [1, 2], b: [x, y], exclude: [{a: 1, b: y}]}}",
            ("t (1, x)", "t (2, x)", "t (2, y)"),
        ),
        ("  t:\n    strategy: {matrix: {a: [1, 2], include: [{a: 2, c: z}]}}", ("t (1)", "t (2, z)")),
        ("  t:\n    strategy: {matrix: {a: [1], include: [{a: 3}]}}", ("t (1)", "t (3)")),
        ("  t:\n    strategy: {matrix: {include: [{a: 3}, {a: 4}]}}", ("t (3)", "t (4)")),
        ("  t:\n    strategy: {matrix: '${{ fromJSON(x) }}'}", None),
        ("  t:\n    strategy: {matrix: {a: '${{ fromJSON(x) }}'}}", None),
        ("  t:\n    name: ${{ github.ref }}", None),
        ("  t:\n    uses: ./.github/workflows/other.yml", None),
    ],
)
def test_names_of_checks(job: str, expected: tuple[str, ...] | None) -> None:
    assert contexts(job) == expected


def test_on_is_a_word_and_triggers_have_settings() -> None:
    plain, listed = one("  a: {steps: []}"), one("  a: {steps: []}", "[push, merge_group]")
    filtered = one("  a: {steps: []}", "{pull_request: {paths: [src/**]}, push: }")
    assert sorted(plain.triggers) == ["pull_request"]
    assert sorted(listed.triggers) == ["merge_group", "push"]
    assert plain.for_changes is not None
    assert listed.for_changes is None
    assert filtered.for_changes is not None
    assert filtered.for_changes.get("paths") is not None


def test_steps_know_their_shell_and_folder() -> None:
    text = (
        "  a:\n    defaults: {run: {shell: sh, working-directory: sub}}\n    steps:\n"
        "      - run: one\n      - run: two\n        shell: bash\n        continue-on-error: true\n"
    )
    first, second = one(text).jobs[0].steps
    assert (first.run, first.shell, first.folder, first.line, first.goes_on) == ("one", "sh", "sub", 7, False)
    assert (second.shell, second.goes_on) == ("bash", True)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("", 1),
        ("jobs: {}", 1),
        ("on: push\njobs: {}", 1),
        ("on: push\njobs:\n  a: [", 4),
        ("on: push\non: pull_request\njobs: {a: {}}", 2),
        ("a: &a [*a]", 1),
        ("x: !!python/object/apply:os.system [ls]", 1),
        ("[" * 50 + "]" * 50, 1),
        ("? [a]\n: b", 1),
    ],
)
def test_no_workflow(source: str, line: int) -> None:
    with pytest.raises(WorkflowInvalid) as caught:
        read_workflow(PATH, source)
    assert caught.value.line == line
    assert caught.value.reason


def test_a_bomb_of_anchors_is_refused() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
    with pytest.raises(DocumentInvalid):
        read_document(f"l0: &l0 [a]\n{levels}")


@given(st.text(alphabet="on: jobs\n-[]{}'\"&*!?|>#ab1.\t", max_size=60))
def test_any_text_is_a_workflow_or_refused(source: str) -> None:
    with contextlib.suppress(WorkflowInvalid):
        assert read_workflow(PATH, source).jobs


@pytest.mark.parametrize(
    ("run", "shell", "lost"),
    [
        ("pytest | tee log", "", True),
        ("pytest 2>&1 | tee log", "sh", True),
        ("pytest \\\n  | tee log", "", True),
        ("pytest | tee log", "bash", False),
        ("pytest | tee log", "bash -eo pipefail {0}", False),
        ("set -euo pipefail\npytest | tee log", "", False),
        ("set -o pipefail; pytest | tee log", "", False),
        ("pytest | tee log; exit ${PIPESTATUS[0]}", "", False),
        ("echo hello | tee log", "", False),
        ("# pytest | tee log", "", False),
        ("cat <<EOF\npytest | tee log\nEOF", "", False),
    ],
)
def test_pipes_that_swallow_an_exit_code(run: str, shell: str, *, lost: bool) -> None:
    assert (loses_exit_code(run, shell) is not None) == lost


@pytest.mark.parametrize(
    ("run", "goes_on"),
    [
        ("make || true", True),
        ("make || exit 0", True),
        ("make || :", True),
        ("make || echo failed", True),
        ("make; true", True),
        ("make; exit 0", True),
        ("set +e\nmake", True),
        ("make || exit 1", False),
        ("make || { echo failed; exit 1; }", False),
        ("make || echo failed && exit 1", False),
        ("make; exit $?", False),
        ("set -e; make", False),
    ],
)
def test_lines_that_go_on_whatever_happens(run: str, *, goes_on: bool) -> None:
    assert (shrugs_off(run) is not None) == goes_on


@pytest.mark.parametrize(
    ("run", "scripts"),
    [
        ("python scripts/a.py --x", ["scripts/a.py"]),
        ("uv run python -u scripts/a.py", ["scripts/a.py"]),
        ("./run.sh", ["./run.sh"]),
        ("bash tools/b.sh && python3 scripts/a.py", ["tools/b.sh", "scripts/a.py"]),
        ("if [ -f scripts/a.py ]; then python scripts/a.py; fi", ["scripts/a.py"]),
        ("python -m pytest tests/test_a.py", []),
        ("curl -o get.sh https://x; bash get.sh", []),
        ("python /tmp/a.py", []),
        ("python $HERE/a.py", []),
        ("cat > gen.py; python gen.py", []),
    ],
)
def test_scripts_that_are_called(run: str, scripts: list[str]) -> None:
    assert called_scripts(run) == scripts
