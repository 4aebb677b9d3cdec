"""Every way a command line can end: exit code, words, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from gonogo.cli import explain
from gonogo.main import main
from gonogo.version import __version__
from gonogo_evidence.errors import Failed, Refused
from gonogo_evidence.text import msg
from support.terminal import small_world, start

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast


def _make_explain_raise(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken(_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(explain, "catalogue", broken)


def test_version_is_the_constant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gonogo {__version__}\n"


def test_no_words_at_all_is_a_mistake_and_gets_the_help(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([], world=small_world(tmp_path)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "gonogo" in said.err
    assert "Exit codes" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["explian"], "COMMAND_UNKNOWN", "Did you mean: gonogo explain"),
        (["zzzzz"], "COMMAND_UNKNOWN", "All commands: gonogo --help"),
        (["explain", "--jsn"], "USAGE", "There is no option --jsn"),
        (["explain", "a", "b"], "USAGE", "unexpected extra argument"),
        (["completion"], "USAGE", "SHELL is missing"),
        (["completion", "tcsh"], "USAGE", "SHELL takes one of: bash, zsh, fish"),
        (["--lang", "fr", "explain"], "USAGE", "--lang takes one of: en, de, auto"),
        (["evidence"], "USAGE", "A command is missing. There are: validate"),
        (["evidence", "vlidate"], "USAGE", "There is no command vlidate"),
    ],
)
def test_a_wrong_command_line_is_said_in_three_lines_and_exits_2(
    arguments: list[str], code: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(arguments, world=small_world(tmp_path)) == 2
    said = capsys.readouterr()
    what, where, next_step = said.err.splitlines()
    assert what.startswith(f"error {code}: ")
    assert where.startswith("  where: gonogo")
    assert next_step.startswith("  next: ")
    assert words in said.err
    assert said.out == ""


def test_the_exit_code_is_the_errors_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _make_explain_raise(monkeypatch, Refused("FILE_NOT_FOUND", msg("No."), where="here", next_step=msg("gonogo inbox")))
    assert main(["explain"], world=small_world(tmp_path)) == 5
    assert capsys.readouterr().err == "error FILE_NOT_FOUND: No.\n  where: here\n  next: gonogo inbox\n"


def test_with_json_an_error_is_one_document_and_the_words_stay_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _make_explain_raise(monkeypatch, Failed("FILE_NOT_FOUND", msg("No {name}.", name="Jörg"), where="here"))
    assert main(["explain", "--json"], world=small_world(tmp_path)) == 1
    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "schema": "gonogo/error/v1",
        "error": {
            "code": "FILE_NOT_FOUND",
            "what": "No Jörg.",
            "where": "here",
            "next": "gonogo explain FILE_NOT_FOUND",
            "exit_code": 1,
        },
    }
    assert said.err.startswith("error FILE_NOT_FOUND: No Jörg.")


def test_json_is_understood_even_if_the_line_is_not(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["explain", "--nope", "--json"], world=small_world(tmp_path)) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "USAGE"


def test_ctrl_c_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _make_explain_raise(monkeypatch, KeyboardInterrupt())
    assert main(["explain"], world=small_world(tmp_path)) == 130
    assert capsys.readouterr().err == "error INTERRUPTED: interrupted; nothing is lost. What waits: gonogo inbox\n"


def test_a_bug_is_words_and_a_private_file_never_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _make_explain_raise(monkeypatch, ZeroDivisionError("division by zero"))
    assert main(["explain"], world=small_world(tmp_path, ACCESS_CARD="hunter2")) == 3
    said = capsys.readouterr().err
    (report,) = (tmp_path / ".local/state/gonogo/crash").iterdir()
    assert said.startswith("error INTERNAL: ")
    assert str(report) in said
    assert "Traceback" not in said
    kept = report.read_text(encoding="utf-8")
    assert "ZeroDivisionError: division by zero" in kept
    assert "hunter2" not in kept
    assert report.stat().st_mode & 0o077 == 0


def test_a_bug_where_no_file_can_be_written_still_is_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    _make_explain_raise(monkeypatch, ZeroDivisionError())
    assert main(["explain"], world=small_world(occupied)) == 3
    said = capsys.readouterr().err
    assert said.startswith("error INTERNAL: ")
    assert "--debug" in said


def test_debug_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _make_explain_raise(monkeypatch, ZeroDivisionError())
    for arguments in (["--debug", "explain"], ["explain", "--debug"]):
        assert main(arguments, world=small_world(tmp_path)) == 3
        assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["--help"], ["explain"]):
        done = subprocess.run(
            [sys.executable, "-m", "gonogo", *arguments], stdout=writing, stderr=subprocess.PIPE, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(writing)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux's full device stands for a full disk")  # noqa: PTH110 - at import
def test_a_result_that_cannot_be_written_is_an_error_not_a_silent_success() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-m", "gonogo", "explain"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 3
    assert done.stderr.startswith(b"error OUTPUT_LOST: ")


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_umlauts_on_a_terminal_that_has_none_do_not_crash(env: dict[str, str]) -> None:
    done = start(["--lang", "de", "explain", "überall"], env=env)
    assert done.returncode == 2
    assert b"CODE_UNKNOWN" in done.stderr
    assert b"Traceback" not in done.stderr


def test_umlauts_in_a_result_become_escapes_where_stdout_has_none() -> None:
    for arguments in (["--lang", "de", "--help"], ["explain", "FILE_TOO_LARGE", "--lang", "de"]):
        done = start(arguments, env={"PYTHONIOENCODING": "ascii"})
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"\\xe" in done.stdout or b"\\xf" in done.stdout


def test_json_stays_json_where_stdout_has_no_umlauts() -> None:
    done = start(["explain", "überall", "--json"], env={"PYTHONIOENCODING": "ascii"})
    assert "überall" in json.loads(done.stdout.decode("ascii"))["error"]["what"]


def test_a_folder_that_was_removed_beneath_us(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    script = "import os, sys; os.rmdir(os.getcwd()); from gonogo.main import main; sys.exit(main(['explain', 'nope']))"
    gone.mkdir()
    done = subprocess.run([sys.executable, "-c", script], cwd=gone, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error CODE_UNKNOWN: ")
