"""The Lint Gate with the real ruff: what it looks at, under which settings, and the ways of being green by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import canonical
from gonogo_policies.change import Change, ChangedFile
from gonogo_policies.gates import tool_session
from support.gates import BASE, changed, write
from support.lint import BROKEN, CLEAN, OWN, applies, lint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty work tree with the sentinel above it."""
    work = tmp_path / "work"
    (work / "tree").mkdir(parents=True)
    (work / "ruff.toml").touch()
    return work / "tree"


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
