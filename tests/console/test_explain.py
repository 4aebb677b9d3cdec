"""The catalogue of codes: exactly what the code raises, in two languages, and the page in docs/."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from typing import TYPE_CHECKING

import pytest

from gonogo.cli.explain import CATALOGUE, catalogue
from gonogo.main import main
from support import catalogue as texts
from support import codes
from support.catalogue import TREE
from support.terminal import small_world

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.fast


def _generator() -> ModuleType:
    specification = importlib.util.spec_from_file_location("docs_generate", TREE / "docs" / "generate.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_code_in_the_code_is_explained_and_no_other() -> None:
    used, known = set(codes.used()), set(codes.known())
    assert sorted(used - known) == []
    assert sorted(known - used) == []


def test_every_code_is_explained_with_the_exit_codes_it_is_raised_with() -> None:
    known = codes.known()
    wrong = {code: exits for code, exits in codes.used().items() if exits and exits != known[code]}
    assert wrong == {}


def test_the_scan_is_not_blind() -> None:
    used = codes.used()
    assert used["FILE_NOT_FOUND"] == {2}
    assert used["DISK_FULL"] == {3}, "a literal in a conditional expression"
    assert used["FILE_IS_A_LINK"] == {6}, "a literal that goes through a variable"
    assert used["JSON_NOT_CANONICAL"] == {6}, "a subclass of one of our errors"
    assert len(used) > 100


def test_the_scan_finds_a_new_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(
        "class Odd(Refused):\n    pass\n"
        "def helper(words, code):\n    return Odd(code, words)\n"
        "def use(flag):\n    code = 'BY_NAME' if flag else 'OR_SO'\n"
        "    raise Failed(code, msg('x'))\n"
        "def more():\n    raise helper(1, 'BY_HELPER')\n"
        "Check(id='a', code='BY_CHECK')\n"
    )
    before = [path for path in texts.sources() if "gonogo_evidence" in path.parts]  # errors and checks are made there
    monkeypatch.setattr(texts, "sources", lambda: [*before, planted])
    used = codes.used()
    assert used["BY_NAME"] == used["OR_SO"] == {1}
    assert "BY_HELPER" in used
    assert "BY_CHECK" in used


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_entry_says_what_it_means_and_what_to_do(language: str) -> None:
    for code, entry in catalogue("de" if language == "de" else "en").items():
        assert re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]+)*", code)
        assert entry.meaning.endswith("."), code
        assert entry.next_step.strip(), code
        assert set(entry.exits) <= {0, 1, 2, 3, 4, 5, 6, 130}, code


def test_german_is_german() -> None:
    english, german = catalogue("en"), catalogue("de")
    assert [code for code in english if english[code].meaning == german[code].meaning] == []


def test_explain_says_one_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["explain", "usage"], world=small_world(tmp_path)) == 0
    said = capsys.readouterr().out
    assert said.startswith("USAGE  (exit code 2)\n")
    assert catalogue("en")["USAGE"].meaning in said


def test_explain_speaks_german(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["explain", "USAGE"], world=small_world(tmp_path, LANG="de_DE.UTF-8")) == 0
    assert catalogue("de")["USAGE"].meaning in capsys.readouterr().out


def test_explain_without_a_code_lists_them_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["explain", "--json"], world=small_world(tmp_path)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "gonogo/codes/v1"
    assert [entry["code"] for entry in document["codes"]] == sorted(codes.known())
    assert main(["explain"], world=small_world(tmp_path)) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(document["codes"]) + 1


def test_an_unknown_code_gets_the_nearest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["explain", "USAG"], world=small_world(tmp_path)) == 2
    assert "Did you mean: gonogo explain USAGE" in capsys.readouterr().err


def test_the_page_of_errors_is_up_to_date() -> None:
    generator = _generator()
    assert generator.ERRORS.read_text(encoding="utf-8") == generator.errors_page(), "run: make docs"
    assert generator.ISOLATION.read_text(encoding="utf-8") == generator.isolation_page(), "run: make docs"


def test_explain_alone_reads_toml() -> None:
    readers = {
        path.name
        for path in CATALOGUE.parents[1].glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(name.name == "tomllib" for name in node.names)
    }
    assert readers == {"explain.py"}
