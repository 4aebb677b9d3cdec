"""Duty 2: every planted thing is found with its line, deleting or renaming it changes the facts, nothing is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_agents.duties.facts.finders import KINDS
from gonogo_agents.duties.inventory import inventory
from gonogo_evidence import canonical
from support.planted import CI, PLANTED
from support.sealed import Commit, sealed

if TYPE_CHECKING:
    from gonogo_agents.duty import Result

pytestmark = pytest.mark.fast


def _run(files: dict[str, str | None], /, **listing: Any) -> Result:  # noqa: ANN401 - any JSON
    with sealed():
        result = inventory({"inputs": {}}, Commit(files, **listing))
    canonical.dumps(result.value)
    assert result.observed == {}
    return result


def _facts(result: Result, *kinds: str) -> set[tuple[str, str, int | None]]:
    facts: Any = result.value["facts"]
    return {(fact["name"], fact["path"], fact["line"]) for fact in facts if fact["kind"] in kinds}


def _checks(result: Result) -> dict[str, Any]:
    checks: Any = result.value["checks"]
    return {entry["id"]: entry for entry in checks}


@pytest.fixture(scope="module")
def planted() -> Result:
    return _run(PLANTED)


def test_schemas_and_validators_by_name_and_line(planted: Result) -> None:
    assert _facts(planted, "evidence-schema") == {
        ("SCHEMA_VERSION", "src/evidence_pack.py", 3),
        ("EvidencePackMetadata", "src/evidence_pack.py", 5),
        ("Pack", "schemas/pack.schema.json", 2),
    }
    assert _facts(planted, "schema") == {
        ("user.schema.json", "schemas/user.schema.json", 1),
        ("Mandatory fields", "docs/SCHEMA_MANDATORY_FIELDS.md", 2),
    }
    assert _facts(planted, "validator") == {
        ("validate_evidence_pack.py", "scripts/validate_evidence_pack.py", 1),
        ("validate_pack", "scripts/validate_evidence_pack.py", 3),
        ("PackValidator", "scripts/validate_evidence_pack.py", 10),
        ("verify", "scripts/validate_evidence_pack.py", 11),
        ("verify_all", "scripts/verify.sh", 1),
    }


def test_layers_registry_and_scopes(planted: Result) -> None:
    assert _facts(planted, "layer-map") == {
        ("L4", "config/model_registry.toml", 7),
        ("L0", "docs/AI_AUTONOMY_LAYER_MAP.md", 3),
    }
    assert _facts(planted, "model-registry") == {
        ("registry", "config/model_registry.toml", 2),
        ("o3-pro", "config/model_registry.toml", 4),
    }
    assert _facts(planted, "capability-scope") == {("L0_ops_docs", "config/capability_scopes/L0_ops_docs.toml", 2)}


def test_jobs_of_github_with_the_names_under_which_they_report(planted: Result) -> None:
    facts: Any = planted.value["facts"]
    jobs = {
        fact["value"]["id"]: (fact["line"], fact["value"]["name"], fact["value"]["contexts"])
        for fact in facts
        if fact["kind"] == "ci-job" and fact["path"].startswith(".github")
    }
    assert jobs == {
        "lint": (10, "Lint Gate", ["Lint Gate"]),
        "tests": (20, None, ["tests (3.9)", "tests (3.10)", "tests (3.1)", "tests (3.11)"]),
        "named": (27, "wheel ${{ matrix.os }}", ["wheel linux", "wheel macos"]),
        "odd id": (34, None, ["odd id (1)"]),
        "listed": (36, None, ["listed (x)"]),
        "from-json": (41, None, None),
        "reused": (44, None, None),
        "secret": (46, "${{ inputs.name }}", None),
        "evidence": (48, None, ["evidence"]),
    }
    workflow = next(fact for fact in facts if fact["kind"] == "ci-workflow" and fact["path"].startswith(".github"))
    assert (workflow["name"], workflow["line"]) == ("CI", 2)
    assert workflow["value"] == {"system": "github", "name": "CI", "jobs": 9, "triggers": ["pull_request", "push"]}
    assert [line for _, _, line in _facts(planted, "ci-evidence")] == [50]


def test_jobs_of_other_systems(planted: Result) -> None:
    jobs = {fact for fact in _facts(planted, "ci-job") if not fact[1].startswith(".github")}
    assert jobs == {
        ("build", ".gitlab-ci.yml", 4),
        ("unit", ".circleci/config.yml", 3),
        ("On Windows", "azure-pipelines.yml", 2),
        ("Mac", "azure-pipelines.yml", 6),
    }
    assert ("run", ".ci/run", 1) in _facts(planted, "ci-workflow")


def test_commands(planted: Result) -> None:
    assert _facts(planted, "command") == {
        ("alpha", "pyproject.toml", 5),
        ("lint", "pyproject.toml", 8),
        ("build", "pyproject.toml", 11),
        ("beta", "setup.py", 2),
        ("gamma", "setup.cfg", 3),
        ("env_list", "tox.ini", 2),
        ("testenv", "tox.ini", 3),
        ("lint", "tox.ini", 5),
        ("fast tests", "noxfile.py", 6),
        ("lint", "noxfile.py", 9),
        ("all", "Makefile", 4),
        ("x", "Makefile", 6),
        ("y", "Makefile", 6),
        ("release", "justfile", 3),
        ("quiet", "justfile", 5),
        ("test:unit", "package.json", 4),
        ("build", "package.json", 5),
        ("ruff", ".pre-commit-config.yaml", 4),
    }


def test_names_alone(planted: Result) -> None:
    assert {name for name, _, _ in _facts(planted, "lock")} == {"requirements/dev.txt", "uv.lock"}
    assert {name for name, _, _ in _facts(planted, "script")} == {
        "scripts/validate_evidence_pack.py",
        "scripts/verify.sh",
    }
    assert "config/risk.toml" in {name for name, _, _ in _facts(planted, "config")}
    assert _facts(planted, "tests") == {("tests/unit", "tests/unit/test_a.py", None), ("web", "web/a.spec.ts", None)}


def test_every_fact_points_at_a_blob_and_all_is_counted(planted: Result) -> None:
    commit = Commit(PLANTED)
    facts: Any = planted.value["facts"]
    counts: Any = planted.value["counts"]
    for fact in facts:
        assert fact["blob"] == commit.blob(fact["path"])
        if fact["line"] is not None:
            assert 1 <= fact["line"] <= (PLANTED[fact["path"]] or "").count("\n") + 1
    assert {kind: sum(fact["kind"] == kind for fact in facts) for kind in KINDS} == counts
    assert planted.value["absent"] == []
    assert planted.verdict == "PASS"
    assert {entry["basis"] for entry in _checks(planted).values()} == {"measured"}


@pytest.mark.parametrize("path", sorted(set(PLANTED) - {"README.md", "tests/unit/test_b.py"}))
def test_deleting_or_renaming_a_target_changes_its_facts(path: str, planted: Result) -> None:
    rest = {name: text for name, text in PLANTED.items() if name != path}
    before: Any = planted.value["facts"]
    deleted: Any = _run(rest).value["facts"]
    renamed: Any = _run({**rest, f"elsewhere/{path}.moved": PLANTED[path]}).value["facts"]
    assert [fact for fact in before if fact["path"] == path]
    for after in (deleted, renamed):
        assert not [fact for fact in after if fact["path"] == path]
        assert after != before


def test_a_renamed_job_function_or_target_changes_its_fact(planted: Result) -> None:
    for path, old, new, kind in (
        (".github/workflows/ci.yml", "Lint Gate", "Lint Door", "ci-job"),
        ("scripts/validate_evidence_pack.py", "validate_pack", "validate_box", "validator"),
        ("Makefile", "all:", "everything:", "command"),
        ("pyproject.toml", "alpha", "omega", "command"),
    ):
        changed = _run({**PLANTED, path: (PLANTED[path] or "").replace(old, new)})
        assert _facts(changed, kind) != _facts(planted, kind)


def test_what_is_not_there_is_stated_as_absent() -> None:
    result = _run({"README.md": "hello\n"})
    assert result.verdict == "PASS"
    assert result.value["absent"] == list(KINDS)
    checks = _checks(result)
    assert {entry["basis"] for entry in checks.values()} == {"absent"}
    assert "in 1 files: there is none" in checks["B-CI"]["text"]["text"]


def test_no_files_or_a_cut_listing_are_inconclusive() -> None:
    assert _run({}).verdict == "INCONCLUSIVE"
    assert {entry["verdict"] for entry in _checks(_run({})).values()} == {"INCONCLUSIVE"}
    assert _run(PLANTED, truncated=True).verdict == "INCONCLUSIVE"
    with sealed():
        assert inventory({}, lambda *_, **__: None).verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("package.json", "{not json", "B-COMMANDS"),
        ("package.json", "[" * 100_000, "B-COMMANDS"),
        ("pyproject.toml", "[project\n", "B-COMMANDS"),
        (".github/workflows/ci.yml", None, "B-CI"),
        ("schemas/x.schema.json", None, "B-SCHEMA"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_an_absence(path: str, text: str | None, name: str) -> None:
    result = _run({path: text, "README.md": "x"})
    assert _checks(result)[name]["verdict"] == "INCONCLUSIVE"
    unreadable: Any = result.value["unreadable"]
    assert [entry["path"] for entry in unreadable] == [path]


def test_words_of_the_repository_are_made_fit_for_evidence() -> None:
    script = '{"scripts": {"u\u0308": "a\\ud800\\nb\\u0007", "long": "' + "x" * 5000 + '"}}'
    facts: Any = _run({"package.json": script}).value["facts"]
    commands = {fact["name"]: fact["value"]["run"] for fact in facts if fact["kind"] == "command"}
    assert commands == {"ü": "a? b", "long": "x" * 300}


def test_a_thousand_facts_of_a_kind_are_counted_and_listed_in_part() -> None:
    result = _run({"Makefile": "".join(f"t{number}:\n" for number in range(1000))})
    counts: Any = result.value["counts"]
    assert counts["command"] == 1000
    assert len(_facts(result, "command")) == 500


def test_links_and_submodules_are_no_files() -> None:
    entries = [
        {"path": "Makefile", "blob": "1" * 40, "mode": "120000", "size": 5},
        {"path": "uv.lock", "blob": "2" * 40, "mode": "160000", "size": 0},
    ]
    result = _run({}, files=entries, count=2)
    assert result.value["facts"] == []
    assert result.verdict == "INCONCLUSIVE"


def test_a_workflow_with_windows_line_ends_reads_the_same() -> None:
    unix = _run({".github/workflows/ci.yml": CI})
    windows = _run({".github/workflows/ci.yml": CI.replace("\n", "\r\n")})
    assert _facts(unix, "ci-job", "ci-workflow") == _facts(windows, "ci-job", "ci-workflow")


@pytest.mark.parametrize(
    "piece", [" ", "a ", "_", "a: ", "[", '"', "\n@session\n", "a=b:c ", "\n[project.scripts]\na='b'"]
)
def test_an_endless_file_takes_no_endless_time(piece: str) -> None:
    _run(dict.fromkeys(PLANTED, "def " + piece * (50_000 // len(piece))))


def test_inline_and_dotted_tables_of_toml_have_their_lines() -> None:
    text = '[project]\nname = "x"\nscripts = {alpha = "x:main"}\n[tool.poe]\ntasks.lint = "ruff"\n'
    text += '[tool]\npdm.scripts.a = "b"\n'
    result = _run({"pyproject.toml": text})
    assert _facts(result, "command") == {
        ("alpha", "pyproject.toml", 3),
        ("lint", "pyproject.toml", 5),
        ("a", "pyproject.toml", 7),
    }


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(PLANTED)), st.text(max_size=200))
def test_any_text_in_any_file_gives_an_inventory(path: str, text: str) -> None:
    result = inventory({}, Commit({path: text}))
    canonical.dumps(result.value)
    assert result.verdict in {"PASS", "INCONCLUSIVE"}
