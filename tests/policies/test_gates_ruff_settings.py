"""The Lint Gate and settings: whose rules hold for a file, and that no setting makes it green by accident."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from support.gates import changed, write
from support.lint import BROKEN, CLEAN, FORMATS, OWN, UNTIDY, lint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty work tree with the sentinel above it."""
    work = tmp_path / "work"
    (work / "tree").mkdir(parents=True)
    (work / "ruff.toml").touch()
    return work / "tree"


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
