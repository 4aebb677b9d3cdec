"""Bad input: each has a code, a sentence and a next step, no traceback, and loses nothing.

Keys and signing are in ``test_bad_signing.py``, full disks in ``test_full_disk.py``, Ctrl-C and SIGKILL at every duty
in ``test_interrupts.py`` and ``test_crash.py``, one changed byte in any sealed file in ``test_loop.py``. Where no
process of its own is needed, the command runs in this one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.bad_input import GO, RUN, refused
from support.crash import rows
from support.desk import CLEAN, GONOGO, Desk, make_desk
from support.pty_session import Answers, at_terminal
from support.repos import Entry, link, make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said

HUGE = 200 * 1024 * 1024


def test_no_repository(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    refused(gonogo(desk, *RUN, "--repo", str(tmp_path / "empty")), "NOT_A_REPOSITORY", 2)
    refused(gonogo(desk, *RUN, "--repo", str(tmp_path / "nowhere")), "FOLDER_NOT_FOUND", 2)
    refused(gonogo(desk, *RUN, "--repo", str(tmp_path / "loop")), "FOLDER_NOT_FOUND", 2)
    refused(gonogo(desk, *RUN, "--repo", str(desk.repo.path / ".git")), "NOT_A_REPOSITORY", 2)


def test_an_empty_repository(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    make_repo(tmp_path / "new")
    refused(gonogo(desk, *RUN, "--repo", str(tmp_path / "new")), "REPOSITORY_EMPTY", 2)


def test_a_bare_repository(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    desk.repo.git("clone", "-q", "--bare", str(desk.repo.path), str(tmp_path / "bare.git"))
    refused(gonogo(desk, *RUN, "--repo", str(tmp_path / "bare.git")), "REPOSITORY_BARE", 2)


def test_a_shallow_clone(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    desk.repo.git("clone", "-q", "--depth", "1", f"file://{desk.repo.path}", str(tmp_path / "shallow"))
    done = gonogo(desk, *RUN, "--repo", str(tmp_path / "shallow"))
    refused(done, "REPOSITORY_SHALLOW", 2)
    assert "git fetch --unshallow" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("run", "--layer", "L9", "--reason", "x"), "LAYER_UNKNOWN", 2),
        (("run", "--layer", "L6", "--reason", "x"), "LAYER_FORBIDDEN", 5),
        (("run", "--layer", "L0", "--reason", " "), "RUN_REASON_EMPTY", 2),
        ((*RUN, "--model", "gpt-9"), "MODEL_UNKNOWN", 2),
        ((*RUN, "--profile", "wild"), "PROFILE_UNKNOWN", 2),
        ((*RUN, "--autonomy", "EXEC"), "AUTONOMY_EXEC", 5),
        ((*RUN, "--git-ref", "no-such-branch"), "REF_UNKNOWN", 2),
        ((*RUN, "--git-ref", "--upload-pack=x"), "REF_UNKNOWN", 2),
        ((*RUN, "--base", "nowhere"), "REF_UNKNOWN", 2),
        (("show", "20990101"), "RUN_UNKNOWN", 2),
        (("resume", "latest"), "RUN_UNKNOWN", 2),
        (("sign", "latest", "--decision", "MAYBE", "--reason", "x"), "USAGE", 2),
        (("sign", "latest", "--reason", "x"), "USAGE", 2),
        (("verify", "./nowhere"), "PACK_NOT_FOUND", 2),
        (("rnu",), "COMMAND_UNKNOWN", 2),
    ],
)
def test_words_that_mean_nothing(
    gonogo: Said, enrolled: Desk, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    refused(gonogo(enrolled, *words), code, exit_code)
    assert rows(enrolled, "SELECT 1 FROM runs") == []


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("--layer", "L9"), "LAYER_UNKNOWN", 2),
        (("--layer", "L6"), "LAYER_FORBIDDEN", 5),
        (("--layer", "L0", "--git-ref", "nowhere"), "REF_UNKNOWN", 2),
    ],
)
def test_nobody_is_asked_for_a_key_before_the_words_of_the_run_mean_something(
    tmp_path: Path, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    """Where nobody is enrolled it once asked for name and key, or for --operator, and then said: there is no layer."""
    desk = make_desk(tmp_path / "desk")
    argv = [*GONOGO, "run", "--reason", "x", *words]
    shown = at_terminal(argv, Answers([]), cwd=desk.repo.path, env=desk.environment())
    assert (shown.code, f"error {code}: " in shown.screen) == (exit_code, True), shown.screen
    headless = desk.gonogo("run", "--reason", "x", *words)
    assert (headless.returncode, f"error {code}: " in headless.stderr) == (exit_code, True), headless.stderr


def test_l5_runs_without_a_model(gonogo: Said, desk: Desk) -> None:
    assert gonogo(desk, "run", "--layer", "L5", "--reason", "x").returncode == 4


def test_an_ambiguous_prefix(gonogo: Said, held: Desk) -> None:
    assert gonogo(held, *RUN).returncode == 4
    refused(gonogo(held, "show", "20"), "RUN_AMBIGUOUS", 2)


@pytest.mark.parametrize(
    ("name", "text", "code", "told"),
    [
        ("guardrails", 'schema = "gonogo/guardrails/v1"\nlive_pathz = []\n', "CONFIG_KEY_UNKNOWN", "live_paths"),
        ("guardrails", 'schema = "gonogo/guardrails/v1"\nlive_paths = 5\n', "CONFIG_TYPE", "guardrails.toml:2"),
        ("gates", 'schema = "gonogo/gates/v1"\n[a]\n[a]\n', "CONFIG_DUPLICATE", "gates.toml:3"),
        ("gates", 'schema = "gonogo/gates/v1\n', "CONFIG_SYNTAX", "gates.toml:1"),
        ("gates", b"\xff\xfe", "CONFIG_NOT_UTF8", "gates.toml:1"),
        ("gates", "#" * (2 * 1024 * 1024), "CONFIG_TOO_LARGE", ""),
    ],
)
def test_configuration_that_cannot_be_meant(
    gonogo: Said, desk: Desk, name: str, text: str | bytes, code: str, told: str
) -> None:
    desk.repo.commit({f"config/{name}.toml": text})
    done = gonogo(desk, *RUN)
    refused(done, code, 2)
    assert f"config/{name}.toml" in done.stderr
    assert told in done.stderr


def test_a_configuration_of_200_mb(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    huge = tmp_path / "huge.toml"
    with huge.open("wb") as file:
        file.truncate(HUGE)
    git = desk.repo.git
    blob = git("-c", "core.compression=1", "hash-object", "-w", str(huge))
    git("update-index", "--add", "--cacheinfo", f"100644,{blob},config/gates.toml")
    git("update-ref", "HEAD", git("commit-tree", "-p", "HEAD", "-m", "huge", git("write-tree")))
    refused(gonogo(desk, *RUN), "CONFIG_TOO_LARGE", 2)
    for folder in desk.trust_folders():
        os.link(huge, folder / "gates.toml")
        (folder / "gates.toml").chmod(0o600)
    done = gonogo(desk, *RUN, "--git-ref", "HEAD~1")
    assert (done.returncode, "TOO_LARGE" in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_odd_names_and_links_cope(gonogo: Said, desk: Desk) -> None:
    files: dict[str | bytes, str | Entry] = {
        "a\u0308rger/\u00fcber sicht.py": "Y = 2\n",
        "-dash.py": "Z = 3\n",
        "loop/a": link("b"),
        "loop/b": link("a"),
        "out": link("/etc/passwd"),
    }
    if sys.platform != "darwin":  # APFS takes UTF-8 only
        files[b"caf\xff.py"] = "X = 1\n"
    desk.repo.commit(files)
    done = gonogo(desk, "run", "--layer", "L0", "--reason", "Pr\u00fcfung f\u00fcr J\u00f6rg", "--json")
    assert done.returncode == 4, done.stderr
    ((verdict,),) = rows(desk, "SELECT verdict FROM runs")
    assert verdict in {"PASS", "INCONCLUSIVE"}


def test_dirty_detached_and_without_a_remote(gonogo: Said, desk: Desk) -> None:
    desk.repo.git("checkout", "-q", "--detach")
    (desk.repo.path / "src" / "sample.py").write_text("half = done(\n")
    assert gonogo(desk, *RUN).returncode == 4
    assert rows(desk, "SELECT verdict FROM runs") == [("PASS",)]
    assert (desk.repo.path / "src" / "sample.py").read_text() == "half = done(\n"


def test_a_place_that_cannot_be_published_to_loses_nothing(gonogo: Said, held: Desk) -> None:
    published = held.repo.path / "data" / "evidence_packs"
    held.repo.git("clean", "-fdq")
    published.parent.mkdir()
    published.write_text("a file is in the way\n")
    done = gonogo(held, *GO)
    assert done.returncode == 0, done.stderr
    assert "warning PUBLISH_FAILED: " in done.stderr
    assert "  next: " in done.stderr
    assert gonogo(held, "verify", "latest").returncode == 0
    published.unlink()
    done = gonogo(held, "resume", "latest")
    assert (done.returncode, "PUBLISH" in done.stderr) == (0, False)
    assert len(list(published.glob("EVP-*/review/outcome.json"))) == 1


@pytest.mark.parametrize("loop", [False, True])
def test_a_link_is_not_published_through(gonogo: Said, held: Desk, tmp_path: Path, *, loop: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    held.repo.git("clean", "-fdq")
    data = held.repo.path / "data"
    data.symlink_to(data if loop else tmp_path / "elsewhere")
    done = gonogo(held, "resume", "latest")
    assert (done.returncode, "warning PUBLISH_LINK: " in done.stderr) == (4, True), done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_state_folder_that_is_none(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way\n")
    refused(gonogo(desk, *RUN, GONOGO_HOME=str(tmp_path / "file")), "STATE_UNUSABLE", 3)
    folder = tmp_path / "state" / desk.state_folder().name
    (folder / "gonogo.db").mkdir(parents=True)
    refused(gonogo(desk, *RUN, GONOGO_HOME=str(tmp_path / "state")), "STATE_UNUSABLE", 3)


def test_two_runs_at_once(desk: Desk) -> None:
    ends = at_once(desk, RUN)
    assert [code for code, _ in ends] == [4, 4], ends
    assert len({run["run_id"] for run in desk.json("inbox", code=0)["runs"]}) == 2


def test_two_resumes_at_once_decide_once(gonogo: Said, held: Desk) -> None:
    assert gonogo(held, *GO, "--no-resume").returncode == 4
    ends = at_once(held, ("resume", "latest"))
    assert [code for code, _ in ends] == [0, 0], ends
    assert rows(held, "SELECT decision, state FROM spent") == [("GO", "DONE")]


def at_once(desk: Desk, words: tuple[str, ...]) -> list[tuple[int, str]]:
    """Exit code and words of two processes that do the same at the same time."""
    both = [
        subprocess.Popen(
            [*GONOGO, *words], cwd=desk.repo.path, env=desk.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=180)[1] for process in both]
    return [(process.returncode, words) for process, words in zip(both, said, strict=True)]


def test_a_gate_cannot_start_a_run(gonogo: Said, enrolled: Desk) -> None:
    refused(gonogo(enrolled, *RUN, GONOGO_GATE="tests"), "RUN_INSIDE_GATE", 5)


@pytest.mark.skipif(sys.platform == "darwin", reason="APFS takes UTF-8 only")
def test_a_repository_in_a_folder_whose_name_is_not_utf_8(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"caf\xff")
    desk.repo.path.rename(place)
    desk.repo.path = place
    for words, code in ((RUN, 4), (("show", "latest", "--json"), 0), (GO, 0), (("verify", "latest"), 0)):
        done = gonogo(desk, *words)
        assert (done.returncode, "warning" in done.stderr) == (code, False), done.stderr


def test_the_sample_is_clean(enrolled: Desk) -> None:
    assert set(CLEAN) <= set(enrolled.repo.git("ls-files").split())
