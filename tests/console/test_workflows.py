"""``gonogo init --with-workflows``: the runbook's names, clean for the linters of the trade, and this project's own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo.workflows import documents, look, read_settings, write
from gonogo.workflows.settings import FILES, PLACE, Settings
from gonogo.workflows.templates import REQUIRED, required_list
from gonogo.workflows.write import marked
from gonogo_evidence.errors import BadInput
from gonogo_policies.ci import Contract, Required, read_workflow
from gonogo_policies.docs import Tree
from support.desk import Desk, make_desk

if TYPE_CHECKING:
    from support.bad_input import Said

ROOT = Path(__file__).parents[2]
ALL = Settings(gates=tuple(FILES), operator="ada", public_key=".gonogo/ada.pub")
RUNBOOK = {
    "lint_gate.yml": {"Lint Gate"},
    "audit.yml": {"audit"},
    "policy_critic_gate.yml": {"Policy Critic Gate"},
    "docs_reference_targets_gate.yml": {"docs-reference-targets-gate"},
    "ci.yml": {"tests (3.11)", "strategy-smoke", "ci-required-contexts-contract"},
    "var_report_regression_gate.yml": {"VaR Report Regression Gate"},
    "merge_log_hygiene.yml": {"Merge Log Hygiene"},
}
"""Section 6, to the letter."""


def test_files_and_jobs_have_the_names_of_section_six() -> None:
    made = {Path(path).name: read_workflow(path, text) for path, text in documents(ALL).items()}
    jobs = {name: {context for job in one.jobs for context in job.contexts or ()} for name, one in made.items()}
    assert {name: found for name, found in jobs.items() if name != "gonogo_nightly.yml"} == RUNBOOK


def test_what_is_written_keeps_the_contract_of_required_checks() -> None:
    made = [read_workflow(path, text) for path, text in documents(ALL).items()]
    required = [Required(name, REQUIRED) for name in json.loads(required_list(ALL))["required_contexts"]]
    assert {one.context for one in required} == set().union(*RUNBOOK.values()) - {
        "VaR Report Regression Gate", "Merge Log Hygiene",
    }  # fmt: skip
    assert list(Contract(required, made, Tree({})).troubles()) == []


def test_no_workflow_has_a_filter_a_right_or_an_expression_in_a_script() -> None:
    for path, text in documents(ALL).items():
        assert "permissions: {}" in text, path
        assert not re.search(r"^\s+(paths|paths-ignore|branches)\b", text, re.MULTILINE), path
        assert ("merge_group:" in text) == ("pull_request:" in text), path
        for use in re.findall(r"uses: (\S+)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use), use
        scripts = re.findall(r"run: \|\n((?: {10}.*\n)+)|run: (?!\|)(.*)", text)
        assert scripts
        assert not [script for script in scripts if "${{" in "".join(script)], path
        assert text.count("run:") == text.count("shell: bash"), path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with every workflow, and this project's action."""
    root = tmp_path_factory.mktemp("workflows")
    write(look(root, ALL))
    (root / ".git").mkdir()
    shutil.copy(ROOT / "action.yml", root)
    return root


def test_zizmor_finds_nothing(written: Path) -> None:
    program = Path(sys.executable).with_name("zizmor")
    done = subprocess.run([program, "--offline", "--persona", "auditor", "--format", "json", written],
                          capture_output=True, check=False)  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stderr


def test_actionlint_finds_nothing(written: Path) -> None:
    program = Path(sys.executable).with_name("actionlint")
    files = sorted((written / ".github" / "workflows").glob("*.yml"))
    done = subprocess.run([program, "-shellcheck=", "-pyflakes=", *files], capture_output=True, check=False, text=True)
    assert (len(files), done.returncode, done.stdout) == (8, 0, "")


@pytest.mark.skipif(not (ROOT / ".github").is_dir(), reason="the tests of an installed wheel have no .github")
def test_this_projects_own_workflows_are_what_gonogo_writes() -> None:
    places = look(ROOT, read_settings(ROOT))
    assert [(str(place.path.relative_to(ROOT)), place.kind) for place in places if place.kind != "same"] == []
    known = {place.path for place in places}
    others = {ROOT / ".github" / name for name in ("agents", "hooks", "instructions")}  # gonogo export writes those
    found = {path for path in (ROOT / ".github").rglob("*") if path.is_file() and not others & set(path.parents)}
    assert found - known == {ROOT / ".github/workflows/strangers.yml"}  # of this project alone: other verifiers


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, commits=(), key=False)


def test_written_once_then_nothing_to_write_and_taken_away_again(desk: Desk, gonogo: Said) -> None:
    first = json.loads(gonogo(desk, "init", "--with-workflows", "--json").stdout)["written"]
    assert {Path(path).name for path in first} == {
        *(name for name in RUNBOOK if not name.startswith("var_")), "gonogo_nightly.yml", "required_status_checks.json",
    }  # fmt: skip
    assert json.loads(gonogo(desk, "init", "--with-workflows", "--json").stdout)["written"] == []
    gone = json.loads(gonogo(desk, "init", "--with-workflows", "--remove", "--json").stdout)["removed"]
    assert set(gone) == {path for path in first if path.endswith(".yml")}


def test_a_file_of_somebody_else_is_shown_and_nothing_is_written(desk: Desk, gonogo: Said) -> None:
    desk.repo.write({".github/workflows/ci.yml": "name: mine\n"})
    done = gonogo(desk, "init", "--with-workflows")
    assert (done.returncode, "WORKFLOW_FOREIGN" in done.stderr, "-name: mine" in done.stderr) == (2, True, True)
    assert [path.name for path in (desk.repo.path / ".github" / "workflows").iterdir()] == ["ci.yml"]


def test_a_file_of_ours_that_was_changed_is_somebody_elses(desk: Desk, gonogo: Said) -> None:
    gonogo(desk, "init", "--with-workflows")
    place = desk.repo.path / ".github" / "workflows" / "audit.yml"
    place.write_text(place.read_text().replace("gates audit", "gates audit || true"))
    assert gonogo(desk, "init", "--with-workflows").returncode == 2
    gonogo(desk, "init", "--with-workflows", "--remove")
    assert place.exists()


def test_ours_of_another_version_is_brought_up_to_date(desk: Desk, gonogo: Said) -> None:
    place = desk.repo.path / ".github" / "workflows" / "audit.yml"
    place.parent.mkdir(parents=True)
    place.write_bytes(marked("name: audit\n# as an earlier version had it\n"))
    assert gonogo(desk, "init", "--with-workflows").returncode == 0
    assert "gates audit" in place.read_text()


def test_the_list_of_contexts_that_is_there_stays(desk: Desk, gonogo: Said) -> None:
    desk.repo.write({REQUIRED: '{"required_contexts": ["mine"]}\n'})
    done = gonogo(desk, "init", "--with-workflows")
    assert (done.returncode, "stays as it is" in done.stderr) == (0, True)
    assert json.loads((desk.repo.path / REQUIRED).read_text())["required_contexts"] == ["mine"]


def test_a_link_on_the_way_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (desk.repo.path / ".github").symlink_to(tmp_path / "out")
    with pytest.raises(BadInput):
        write(look(desk.repo.path, Settings()))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "line",
    ['tests = "a\\nb"', 'tests = "${{ github.token }}"', 'gates = ["nobody"]', 'runner = ""', "test_pythons = []",
     'other = "x"'],
)  # fmt: skip
def test_settings_that_make_no_workflow_are_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / PLACE).parent.mkdir()
    (tmp_path / PLACE).write_text(f'schema = "gonogo/workflows/v1"\n{line}\n')
    with pytest.raises(BadInput):
        read_settings(tmp_path)
