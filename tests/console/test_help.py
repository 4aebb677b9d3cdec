"""The help: made from the table, complete, in two languages, and every command's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from gonogo.cli.context import Output
from gonogo.cli.group import make_group
from gonogo.cli.table import EXITS, TABLE
from gonogo.main import main
from support.terminal import small_world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

NAMES = [entry.name for entry in TABLE]
NO_REPORT = {"completion", "docs", "drill", "evidence", "handoff", "index", "init", "hook", "mcp", "witness"}
PROMISED = {
    *("run", "inbox", "show", "sign", "resume", "close", "abandon"),
    *("verify", "reproduce", "diff", "evidence", "index", "attack", "gates", "docs", "controls", "doctor"),
    *("nightly", "handoff", "policy-critic", "drill", "witness"),
    *("init", "layers", "models", "explain", "completion"),
    *("export", "mcp", "hook"),
}


def test_every_promised_command_is_in_the_table() -> None:
    assert len(NAMES) == len(PROMISED)
    assert set(NAMES) == PROMISED


def test_help_lists_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--help"], world=small_world(tmp_path)) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for name in NAMES:
        assert re.search(rf"^  {name} +\S", said.out, re.MULTILINE)
    for number, meaning in EXITS:
        assert re.search(rf"^  {number} +{re.escape(str(meaning))}$", said.out, re.MULTILINE)
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["--lang", "de", "--help"], ["--help", "--lang", "de"], ["--lang=de", "-h"]])
def test_help_speaks_german(arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(arguments, world=small_world(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "Exit-Codes" in said
    assert max(map(len, said.splitlines())) <= 80


def test_help_through_click_is_the_same_as_before_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["--help"], world=small_world(tmp_path))
    before = capsys.readouterr().out
    main(["-v", "--help"], world=small_world(tmp_path))
    assert capsys.readouterr().out == before


@pytest.mark.parametrize("name", NAMES)
def test_each_command_has_a_help_in_both_languages(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = {}
    for language in ("en", "de"):
        assert main([name, "--help", "--lang", language], world=small_world(tmp_path)) == 0
        said[language] = capsys.readouterr().out
    assert said["en"].startswith(f"Usage: gonogo {name}")
    assert said["de"].startswith(f"Aufruf: gonogo {name}")
    assert "Optionen:" in said["de"]
    assert "Show this message" not in said["de"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NO_REPORT])
def test_each_command_that_reports_has_json(name: str, tmp_path: Path) -> None:
    group = make_group()
    with group.make_context("gonogo", ["explain"], obj=Output(small_world(tmp_path).env)) as context:
        command = group.get_command(context, name)
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts}
    assert options >= {"--json", "--lang", "--verbose", "--debug"}


def test_a_command_is_left_as_it_was_made(tmp_path: Path) -> None:
    from gonogo.cli import explain

    before = list(explain.command.params)
    main(["explain", "--help"], world=small_world(tmp_path))
    assert list(explain.command.params) == before
    assert explain.command.context_class is click.Context
