"""Bad input: each has a code, a sentence and a next step, no traceback, and loses nothing."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.desk import CLEAN, Desk, make_desk, make_key
from support.repos import link, make_repo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RUN = ("run", "--layer", "L0", "--reason", "bad input")


def refused(done: subprocess.CompletedProcess[str], code: str, exit_code: int) -> None:
    """What every refusal has: its code, its exit, a next step, and no traceback."""
    assert (done.returncode, code in done.stderr) == (exit_code, True), (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert "next:" in done.stderr


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("bad"))
    desk.enrol()
    desk.let_unproven_sign()
    return desk


@pytest.fixture
def desk(enrolled: Desk, tmp_path: Path) -> Desk:
    from support.crash import copy_of

    return copy_of(enrolled, tmp_path / "desk")


def test_no_repository(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(desk.gonogo(*RUN, "--repo", str(tmp_path / "empty")), "NOT_A_REPOSITORY", 2)


def test_an_empty_repository(desk: Desk, tmp_path: Path) -> None:
    make_repo(tmp_path / "new")
    refused(desk.gonogo(*RUN, "--repo", str(tmp_path / "new")), "REPOSITORY_EMPTY", 2)


def test_a_bare_repository(desk: Desk, tmp_path: Path) -> None:
    desk.repo.git("clone", "-q", "--bare", str(desk.repo.path), str(tmp_path / "bare.git"))
    refused(desk.gonogo(*RUN, "--repo", str(tmp_path / "bare.git")), "REPOSITORY_BARE", 2)


def test_a_shallow_clone(desk: Desk, tmp_path: Path) -> None:
    desk.repo.git("clone", "-q", "--depth", "1", f"file://{desk.repo.path}", str(tmp_path / "shallow"))
    done = desk.gonogo(*RUN, "--repo", str(tmp_path / "shallow"))
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
        ((*RUN, "--mode", "live"), "MODE_NOT_BUILT", 3),
        (("show", "20990101"), "RUN_UNKNOWN", 2),
        (("sign", "latest", "--decision", "MAYBE", "--reason", "x"), "USAGE", 2),
        (("sign", "latest", "--reason", "x"), "USAGE", 2),
        (("verify", "./nowhere"), "PACK_NOT_FOUND", 2),
        (("rnu",), "COMMAND_UNKNOWN", 2),
    ],
)
def test_words_that_mean_nothing(desk: Desk, words: tuple[str, ...], code: str, exit_code: int) -> None:
    refused(desk.gonogo(*words), code, exit_code)


def test_l5_runs_without_a_model(desk: Desk) -> None:
    run = desk.json("run", "--layer", "L5", "--reason", "x", code=4)
    assert run["state"] == "AWAITING_OPERATOR"


def test_an_ambiguous_prefix(desk: Desk) -> None:
    desk.run()
    desk.run()
    refused(desk.gonogo("show", "20"), "RUN_AMBIGUOUS", 2)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"config/layers.toml": 'schema = "gonogo/layers/v1"\nphase = "X"\n'}, "CONFIG_"),
        ({"config/gates.toml": 'schema = "gonogo/gates/v1"\n[[gate]]\nname = 5\n'}, "CONFIG_"),
        ({"config/gates.toml": 'schema = "gonogo/gates/v1"\n[a]\n[a]\n'}, "CONFIG_UNREADABLE"),
        ({"config/gates.toml": b"\xff\xfe"}, "CONFIG_"),
        ({"config/gates.toml": "#" * (2 * 1024 * 1024)}, "CONFIG_TOO_LARGE"),
    ],
)
def test_configuration_that_cannot_be_meant(desk: Desk, files: dict[str, str | bytes], code: str) -> None:
    desk.repo.commit(files)
    done = desk.gonogo(*RUN)
    assert (done.returncode, code in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
    assert next(iter(files)) in done.stderr


def test_odd_names_and_links_cope(desk: Desk) -> None:
    desk.repo.commit(
        {
            b"caf\xff.py": "X = 1\n",
            "a\u0308rger/\u00fcber sicht.py": "Y = 2\n",
            "-dash.py": "Z = 3\n",
            "loop/a": link("b"),
            "loop/b": link("a"),
            "out": link("/etc/passwd"),
        }
    )
    assert desk.run(reason="Pr\u00fcfung f\u00fcr J\u00f6rg")["verdict"] in {"PASS", "INCONCLUSIVE"}


def test_dirty_detached_and_without_a_remote(desk: Desk) -> None:
    desk.repo.git("checkout", "-q", "--detach")
    (desk.repo.path / "src" / "sample.py").write_text("half = done(\n")
    run = desk.run()
    assert run["verdict"] == "PASS"
    assert (desk.repo.path / "src" / "sample.py").read_text() == "half = done(\n"


def test_a_place_that_cannot_be_published_to_loses_nothing(desk: Desk) -> None:
    (desk.repo.path / "data").mkdir()
    (desk.repo.path / "data" / "evidence_packs").write_text("a file is in the way\n")
    run = desk.run()
    assert run["state"] == "AWAITING_OPERATOR"
    signed = desk.gonogo("sign", "latest", "--decision", "GO", "--reason", "x")
    assert signed.returncode == 0, signed.stderr
    assert "PUBLISH" in signed.stderr


def test_a_link_is_not_published_through(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (desk.repo.path / "data").symlink_to(tmp_path / "elsewhere")
    assert "PUBLISH_LINK" in desk.gonogo(*RUN).stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_two_runs_at_once(desk: Desk) -> None:
    from support.desk import GONOGO

    argv = [*GONOGO, *RUN]
    both = [
        subprocess.Popen(
            argv, cwd=desk.repo.path, env=desk.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    ends = [process.communicate(timeout=180) for process in both]
    assert [process.returncode for process in both] == [4, 4], ends
    runs = desk.json("inbox", code=0)["runs"]
    assert len({run["run_id"] for run in runs}) == 2


def test_two_resumes_at_once_decide_once(desk: Desk) -> None:
    from support.desk import GONOGO

    desk.run()
    assert desk.gonogo("sign", "latest", "--decision", "GO", "--reason", "x", "--no-resume").returncode == 4
    both = [
        subprocess.Popen(
            [*GONOGO, "resume", "latest"], cwd=desk.repo.path, env=desk.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        process.communicate(timeout=180)
    assert [process.returncode for process in both] == [0, 0]
    from support.crash import rows

    assert rows(desk, "SELECT decision, state FROM spent") == [("GO", "DONE")]


def test_nobody_enrolled_and_no_key_at_all(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "nobody", key=False)
    run = desk.json("run", "--layer", "L0", "--reason", "x", "--operator", "ada", code=4)
    assert run["state"] == "AWAITING_OPERATOR"
    refused(desk.gonogo("sign", "latest", "--decision", "NO-GO", "--reason", "x"), "TRUST_MISSING", 3)
    make_key(desk.key)
    desk.enrol()
    assert desk.gonogo("sign", "latest", "--decision", "NO-GO", "--reason", "x").returncode == 1


def test_an_encrypted_key_without_a_terminal(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "locked", key=False)
    make_key(desk.key, passphrase="secret")  # noqa: S106 - made for this test
    desk.enrol()
    desk.run()
    refused(desk.gonogo("sign", "latest", "--decision", "NO-GO", "--reason", "x"), "KEY_ENCRYPTED", 5)


def test_an_expired_key(desk: Desk) -> None:
    desk.run()
    for folder in desk.trust_folders():
        signers = folder / "allowed_signers"
        signers.write_text(signers.read_text().replace(' namespaces="', ' valid-before="20200101Z",namespaces="'))
    refused(desk.gonogo("sign", "latest", "--decision", "GO", "--reason", "x"), "SIGNER_EXPIRED", 5)


def test_a_go_without_a_terminal_is_not_presence(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "strictly")
    desk.enrol()
    desk.run()
    refused(desk.gonogo("sign", "latest", "--decision", "GO", "--reason", "x"), "PRESENCE_TOO_WEAK", 5)


def test_a_gate_cannot_start_a_run(desk: Desk) -> None:
    refused(desk.gonogo(*RUN, GONOGO_GATE="tests"), "RUN_INSIDE_GATE", 5)


def test_a_full_disk_while_sealing(desk: Desk, tmp_path: Path, small_disk: Callable[[Path, int], None]) -> None:
    state = tmp_path / "state"
    state.mkdir()
    small_disk(state, 1_400)
    done = desk.gonogo(*RUN, GONOGO_HOME=str(state))
    filler = state / "filler"
    if done.returncode == 4:
        pytest.fail("the disk was not small enough")
    refused(done, "DISK_FULL", 3)
    assert not filler.exists()
    subprocess.run(["mount", "-o", "remount,size=64m", str(state)], check=True)
    resumed = desk.gonogo("resume", "latest", GONOGO_HOME=str(state))
    assert resumed.returncode == 4, resumed.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[Path, int], None]]:
    """Mount a tiny file system; the tests run as root in CI, and say so where they do not."""
    mounted: list[Path] = []

    def mount(folder: Path, kilobytes: int) -> None:
        assert os.geteuid() == 0, "this test needs root, to mount a small disk"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], check=True)
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=False)
    del tmp_path


def test_the_sample_is_clean(desk: Desk) -> None:
    assert set(CLEAN) <= set(desk.repo.git("ls-files").split())
