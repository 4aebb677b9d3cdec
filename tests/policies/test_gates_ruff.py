"""The Lint Gate with the real ruff: what it looks at, under which settings, and the ways of being green by accident."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import canonical
from gonogo_policies.change import Change, ChangedFile
from gonogo_policies.gates import Declaration, PlanContext, make_gate, tool_session
from support.gates import BASE, changed, surroundings, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_policies.gates import Applicability, GateResult

GATE = Declaration(
    "Lint Gate",
    "ruff",
    hard=True,
    trigger={"python": ("**/*.py", "**/*.pyi"), "ruff settings": ("**/ruff.toml", "**/pyproject.toml")},
)
CLEAN = "x = 1\n"
BROKEN = "def f():\n    return undefined_name\n"
UNTIDY = "x=1\n"
OWN = '[lint]\nselect = ["F"]\n'
FORMATS = {".pre-commit-config.yaml": "repos:\n  - hooks:\n      - id: ruff-format\n"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty work tree with the sentinel above it."""
    work = tmp_path / "work"
    (work / "tree").mkdir(parents=True)
    (work / "ruff.toml").touch()
    return work / "tree"


def lint(tree: Path, files: Mapping[str, str | bytes], change: Change | None = None) -> GateResult:
    """Write the files and lint the change, which is all of them unless another is given."""
    write(tree, files)
    return make_gate(GATE).run(surroundings(tree, GATE, change or changed(*files)))


def applies(change: Change) -> Applicability:
    return make_gate(GATE).applies(change, PlanContext(None))


def test_an_undefined_name_is_found(tree: Path) -> None:
    result = lint(tree, {"src/a.py": BROKEN, "src/b.py": CLEAN})
    assert result.verdict == "FAIL"
    assert result.checked == 2
    assert result.read_change
    (finding,) = result.findings
    assert (finding.path, finding.line, finding.code) == ("src/a.py", 2, "F821")
    assert "undefined_name" in finding.message


def test_clean_files_pass_with_their_count(tree: Path) -> None:
    result = lint(tree, {"a.py": CLEAN, "b.pyi": "x: int\n"})
    assert result.verdict == "PASS"
    assert (result.checked, result.unit, result.files) == (2, "files", ("a.py", "b.pyi"))
    assert result.read_change
    assert result.observed.version.count(".") == 2
    assert "no ruff settings" in str(result.reason)
    canonical.dumps(result.json())


def test_only_changed_files_are_looked_at(tree: Path) -> None:
    write(tree, {"old.py": BROKEN})
    assert lint(tree, {"new.py": CLEAN}).files == ("new.py",)


def test_without_settings_style_is_nobodys_business(tree: Path) -> None:
    assert lint(tree, {"a.py": "import os\nx=1\n"}).verdict == "PASS"


@pytest.mark.parametrize(
    ("name", "text"),
    [("ruff.toml", OWN), (".ruff.toml", OWN), ("pyproject.toml", '[tool.ruff.lint]\nselect = ["F"]\n')],
)
def test_own_settings_bring_their_rules_and_the_format(tree: Path, name: str, text: str) -> None:
    write(tree, {name: text, **FORMATS})
    result = lint(tree, {"src/a.py": f"import os\n{UNTIDY}"})
    assert [finding.code for finding in result.findings] == ["F401", "unformatted"]
    assert "repository's own settings" in str(result.reason)
    assert lint(tree, {"src/a.py": CLEAN}).verdict == "PASS"


@pytest.mark.parametrize(
    ("sign", "findings"),
    [
        ({}, []),
        ({"pyproject.toml": "[tool.black]\nline-length = 88\n"}, []),
        ({"ruff.toml": OWN + "[format]\nquote-style = 'single'\n"}, ["unformatted"]),
        ({"Makefile": "lint:\n\truff format --check .\n"}, ["unformatted"]),
        ({".github/workflows/lint.yml": "steps:\n  - run: ruff format --check src\n"}, ["unformatted"]),
    ],
)
def test_who_checks_with_ruff_but_formats_otherwise_is_not_told_to(
    tree: Path, sign: dict[str, str], findings: list[str]
) -> None:
    write(tree, {"ruff.toml": OWN, **sign})
    result = lint(tree, {"a.py": UNTIDY})
    assert [finding.code for finding in result.findings] == findings
    assert ("no format was compared" in str(result.reason)) == (not findings)


@pytest.mark.parametrize(
    "settings",
    [
        "[lint]\nselect = []\n",
        '[lint]\nselect = ["W605"]\n',
        '[lint]\nignore = ["ALL"]\n',
        '[lint.per-file-ignores]\n"*" = ["ALL"]\n',
        'exclude = ["a.py"]\n',
    ],
)
def test_a_change_cannot_switch_its_own_gate_off(tree: Path, settings: str) -> None:
    write(tree, {"ruff.toml": settings})
    assert lint(tree, {"a.py": BROKEN}, changed("a.py", "ruff.toml")).verdict == "FAIL"


def test_no_comment_excuses_a_syntax_error(tree: Path) -> None:
    assert lint(tree, {"a.py": "# ruff: noqa\ndef broken(:\n"}).verdict == "FAIL"


def test_a_pyproject_without_ruff_settings_is_none(tree: Path) -> None:
    write(tree, {"pyproject.toml": '[project]\nname = "p"\n'})
    assert lint(tree, {"a.py": UNTIDY}).verdict == "PASS"


def test_each_file_stands_under_the_settings_nearest_to_it(tree: Path) -> None:
    result = lint(tree, {"a/x.py": UNTIDY, "b/y.py": UNTIDY}, changed("a/x.py", "b/y.py"))
    assert result.verdict == "PASS"
    write(tree, {"b/ruff.toml": OWN, **FORMATS})
    result = lint(tree, {}, changed("a/x.py", "b/y.py"))
    assert [finding.path for finding in result.findings] == ["b/y.py"]
    assert "1 files stand under" in str(result.reason)


def test_settings_above_the_tree_do_not_leak_in(tree: Path) -> None:
    hostile = 'exclude = ["*"]\n[lint]\nignore = ["ALL"]\n'
    for name in ("ruff.toml", ".ruff.toml"):
        (tree.parent / name).write_text(hostile)
    result = lint(tree, {"a.py": BROKEN})
    assert (result.verdict, result.checked) == ("FAIL", 1)
    write(tree, {"ruff.toml": OWN})
    assert lint(tree, {"b.py": BROKEN}, changed("b.py")).verdict == "FAIL"


def test_an_ignored_folder_does_not_make_it_green(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("work/\n*.py\n")
    result = lint(tmp_path / "work" / "tree", {".gitignore": "*.py\n", "a.py": BROKEN}, changed("a.py"))
    assert (result.verdict, result.checked) == ("FAIL", 1)


def test_excluded_files_do_not_count_and_are_named(tree: Path) -> None:
    write(tree, {"ruff.toml": 'exclude = ["gen"]\n'})
    result = lint(tree, {"gen/a.py": BROKEN, "b.py": CLEAN}, changed("gen/a.py", "b.py"))
    assert (result.verdict, result.checked, result.files) == ("PASS", 1, ("b.py",))
    assert "gen/a.py" in str(result.reason)


def test_a_change_that_is_excluded_altogether_is_not_green(tree: Path) -> None:
    write(tree, {"ruff.toml": 'exclude = ["gen"]\n'})
    result = lint(tree, {"gen/a.py": BROKEN}, changed("gen/a.py"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")
    assert "gen/a.py" in str(result.reason)
    assert not result.read_change


def test_files_that_the_linter_alone_skips_are_counted_out(tree: Path) -> None:
    write(tree, {"ruff.toml": '[lint]\nexclude = ["gen.py"]\n'})
    result = lint(tree, {"gen.py": BROKEN, "b.py": CLEAN}, changed("gen.py", "b.py"))
    assert (result.verdict, result.files) == ("PASS", ("b.py",))
    result = lint(tree, {}, changed("gen.py"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")


def test_settings_that_fix_do_not_touch_the_tree(tree: Path) -> None:
    write(tree, {"ruff.toml": 'fix = true\n[lint]\nselect = ["F"]\n'})
    result = lint(tree, {"a.py": "import os\n"}, changed("a.py"))
    assert result.verdict == "FAIL"
    assert (tree / "a.py").read_text() == "import os\n"


@pytest.mark.parametrize("text", ["[lint\n", 'required-version = "==0.0.1"\n', '[lint]\nselect = ["NOPE1"]\n'])
def test_settings_that_ruff_cannot_use_are_not_green(tree: Path, text: str) -> None:
    write(tree, {"ruff.toml": text})
    result = lint(tree, {"a.py": CLEAN}, changed("a.py"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CRASHED")
    assert str(tree) not in str(result.reason)


def test_a_file_in_no_encoding_is_a_finding_even_if_ruff_passes_over_it(tree: Path) -> None:
    write(tree, {"ruff.toml": OWN})
    result = lint(tree, {"a.py": b"\xff\xfe x\n"}, changed("a.py"))
    assert (result.verdict, result.findings[0].code) == ("FAIL", "E902")


def test_valid_python_that_ruff_cannot_read_is_inconclusive(tree: Path) -> None:
    latin = "# -*- coding: latin-1 -*-\nx = 'ü'\n".encode("latin-1")
    result = lint(tree, {"a.py": latin, "b.py": CLEAN})
    assert (result.verdict, result.reason_code, result.checked) == ("INCONCLUSIVE", "GATE_INCOMPLETE", 1)
    assert "a.py" in str(result.reason)


def test_syntax_errors_are_found_with_and_without_settings(tree: Path) -> None:
    assert lint(tree, {"a.py": "foo(\n"}).findings[0].code == "invalid-syntax"
    write(tree, {"ruff.toml": OWN})
    result = lint(tree, {"a.py": "foo(\n"}, changed("a.py"))
    assert (result.verdict, result.findings[0].code) == ("FAIL", "invalid-syntax")


def test_the_newest_syntax_is_no_error(tree: Path) -> None:
    assert lint(tree, {"a.py": "type X = int\n"}).verdict == "PASS"


def test_names_that_are_awkward(tree: Path) -> None:
    names = ["-a.py", "--config=x.py", "ü n.py", "a'b.py", "sub/with space/c.py"]
    result = lint(tree, dict.fromkeys(names, BROKEN))
    assert result.checked == len(names)
    assert {finding.path for finding in result.findings} == set(names)


def test_a_name_that_is_not_utf8(tree: Path) -> None:
    raw = b"\xffq.py"
    (tree / raw.decode("utf-8", "surrogateescape")).write_text(BROKEN)
    change = Change((ChangedFile("%FFq.py", "M", raw_hex=raw.hex()),), 1, BASE)
    result = lint(tree, {}, change)
    assert (result.verdict, result.findings[0].path) == ("FAIL", "%FFq.py")
    canonical.dumps(result.json())


def test_a_decomposed_name(tree: Path) -> None:
    raw = "u\u0308.py"
    change = Change((ChangedFile("\u00fc.py", "M", raw_hex=raw.encode().hex()),), 1, BASE)
    result = lint(tree, {raw: BROKEN}, change)
    assert result.findings[0].path == "\u00fc.py"


def test_links_are_not_followed(tree: Path) -> None:
    outside = tree.parent / "outside.py"
    outside.write_text(BROKEN)
    (tree / "link.py").symlink_to(outside)
    result = lint(tree, {"a.py": CLEAN}, changed("a.py", "link.py"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_INCOMPLETE")
    assert "1 of the Python files in question are not in the work tree" in str(result.reason)
    link = Change((ChangedFile("link.py", "A", mode="120000"),), 1, BASE)
    assert not applies(link).applies


def test_a_file_that_should_be_there_and_is_not(tree: Path) -> None:
    result = lint(tree, {"a.py": CLEAN}, changed("a.py", "gone.py"))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_INCOMPLETE")


def test_settings_that_change_concern_the_whole_tree(tree: Path) -> None:
    write(tree, {"old.py": BROKEN})
    result = lint(tree, {"ruff.toml": OWN})
    assert (result.verdict, result.files) == ("FAIL", ("old.py",))


def test_a_change_without_a_base_is_the_whole_tree(tree: Path) -> None:
    result = lint(tree, {"a.py": CLEAN, "b.py": BROKEN}, changed("a.py", base=None))
    assert result.findings[0].path == "b.py"


def test_a_list_of_changes_cut_short_means_the_whole_tree(tree: Path) -> None:
    write(tree, {"b.py": BROKEN})
    cut = Change((ChangedFile("a.py", "M"),), 2, BASE)
    assert lint(tree, {"a.py": CLEAN}, cut).checked == 2


def test_more_files_than_one_argv_takes(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_session, "BATCH_FILES", 2)
    result = lint(tree, {"a.py": BROKEN, "b.py": CLEAN, "c.py": CLEAN, "d.py": CLEAN, "e.py": BROKEN})
    assert result.checked == 5
    assert [finding.path for finding in result.findings] == ["a.py", "e.py"]


def test_batches_keep_every_item_and_no_argv_is_too_long() -> None:
    sizes = [10, 60_000, 60_000, 200_000, *[1] * 2500]
    parts = list(tool_session.batches(sizes, size=lambda size: size))
    assert [size for part in parts for size in part] == sizes
    assert all(len(part) <= 1000 for part in parts)
    assert all(sum(part) <= tool_session.BATCH_BYTES or len(part) == 1 for part in parts)


def test_fingerprints_survive_moved_lines(tree: Path) -> None:
    before = lint(tree, {"a.py": BROKEN}).findings[0]
    after = lint(tree, {"a.py": f"\n\n{BROKEN}"}).findings[0]
    assert (before.line, after.line) == (2, 4)
    assert before.fingerprint == after.fingerprint
    other = lint(tree, {"a.py": BROKEN.replace("undefined_name", "other_name")}).findings[0]
    assert other.fingerprint != before.fingerprint


def test_same_tree_same_words_wherever_it_lies(tmp_path: Path) -> None:
    said = []
    for place in ("one", "two/deeper"):
        tree = tmp_path / place / "tree"
        tree.parent.mkdir(parents=True)
        result = lint(tree, {"a.py": BROKEN, "ruff.toml": OWN}, changed("a.py")).json()
        said.append({name: value for name, value in result.items() if name != "observed"})
    assert said[0] == said[1]


def test_no_variable_of_the_operator_reaches_ruff(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUFF_NO_CACHE", "nonsense")
    monkeypatch.setenv("RUFF_OUTPUT_FORMAT", "nonsense")
    assert lint(tree, {"a.py": CLEAN}).verdict == "PASS"
    assert not (tree / ".ruff_cache").exists()


def test_only_documentation_changed() -> None:
    found = applies(changed("README.md"))
    assert not found.applies
    assert found.files == ("README.md",)
    assert "**/*.py" in str(found.trigger)


def test_only_deleted_python() -> None:
    found = applies(changed("deleted:a.py"))
    assert not found.applies
    assert found.files == ("a.py",)
    assert "deleted" in str(found.why)


def test_deleted_settings_still_concern_the_tree() -> None:
    assert applies(changed("deleted:ruff.toml")).applies


def test_changed_python_applies_and_reads_the_change() -> None:
    found = applies(changed("a.py", "README.md"))
    assert found.applies
    assert found.reads_change
    assert found.files == ("a.py",)


def test_other_words_of_a_pyproject_are_not_read_by_ruff(tree: Path) -> None:
    write(tree, {"old.py": CLEAN})
    result = lint(tree, {"pyproject.toml": '[project]\nname = "p"\ndependencies = ["unknown"]\n'})
    assert (result.verdict, result.checked, result.read_change) == ("PASS", 1, False)
    assert applies(changed("pyproject.toml", "a.py")).reads_change
    assert applies(changed("ruff.toml")).reads_change
