"""Bad input: each has a code, a sentence and a next step, no traceback, and loses nothing.

Ctrl-C and SIGKILL at every duty are in ``test_interrupts.py`` and ``test_crash.py``, one changed byte in any sealed
file in ``test_loop.py``. Where no process of its own is needed, the command runs in this one.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from gonogo.main import main
from gonogo_agents.world import World
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.pack import Contents, Sealed, write_pack
from support.crash import copy_of, rows
from support.desk import CLEAN, GONOGO, Desk, make_desk, make_key
from support.repos import Entry, link, make_repo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = ("run", "--layer", "L0", "--reason", "bad input")
GO = ("sign", "latest", "--decision", "GO", "--reason", "x")
NO_GO = ("sign", "latest", "--decision", "NO-GO", "--reason", "x")
HUGE = 200 * 1024 * 1024


class Said(Protocol):
    """Runs gonogo at a desk, in this process."""

    def __call__(self, desk: Desk, *words: str, **env: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def gonogo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    def run(desk: Desk, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(desk.repo.path)
        capsys.readouterr()
        code = main(words, world=World(env=desk.environment(**env)))
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, out, err)

    return run


def refused(done: subprocess.CompletedProcess[str], code: str, exit_code: int) -> None:
    """What every refusal has: its code with a sentence, its exit, where, a next step, and no traceback."""
    assert (done.returncode, f"error {code}: " in done.stderr) == (exit_code, True), (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    _, where, next_step = done.stderr.strip().splitlines()[-3:]
    assert (where.startswith("  where: "), next_step.startswith("  next: ")) == (True, True), done.stderr
    assert len(next_step) > len("  next: ")


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("bad"))
    desk.enrol()
    desk.let_unproven_sign()
    return desk


@pytest.fixture
def desk(enrolled: Desk, tmp_path: Path) -> Desk:
    return copy_of(enrolled, tmp_path / "desk")


@pytest.fixture(scope="module")
def waiting(enrolled: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = copy_of(enrolled, tmp_path_factory.mktemp("waiting"))
    desk.run()
    return desk


def undecided(desk: Desk) -> bool:
    """Whether its one run still waits."""
    return len(rows(desk, "SELECT 1 FROM runs WHERE state = 'AWAITING_OPERATOR' AND decision IS NULL")) == 1


@pytest.fixture
def held(waiting: Desk, tmp_path: Path) -> Desk:
    """A desk whose one run waits for its operator."""
    return copy_of(waiting, tmp_path / "desk")


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
        ((*RUN, "--mode", "live"), "MODE_NOT_BUILT", 3),
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


def test_nobody_enrolled_and_no_key_at_all(gonogo: Said, tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "nobody", key=False)
    assert gonogo(desk, *RUN, "--operator", "ada").returncode == 4
    refused(gonogo(desk, *NO_GO), "TRUST_MISSING", 3)
    make_key(desk.key)
    desk.enrol()
    desk.key.rename(desk.key.with_name("elsewhere"))
    desk.key.with_name("id_ed25519.pub").unlink()
    refused(gonogo(desk, *NO_GO), "KEY_NOT_FOUND", 2)
    assert gonogo(desk, *NO_GO, "--key", str(desk.key)).returncode == 2
    desk.key.with_name("elsewhere").rename(desk.key)
    assert gonogo(desk, *NO_GO, "--key", str(desk.key)).returncode == 1


def test_a_key_that_nobody_enrolled(gonogo: Said, held: Desk, tmp_path: Path) -> None:
    refused(gonogo(held, *GO, "--key", str(make_key(tmp_path / "stranger"))), "SIGNER_UNTRUSTED", 5)
    assert undecided(held)


@pytest.mark.parametrize(
    ("old", "new", "code", "exit_code"),
    [
        (' namespaces="', ' valid-before="20200101Z",namespaces="', "SIGNER_EXPIRED", 5),
        (' namespaces="', ' valid-after="20990101Z",namespaces="', "SIGNER_NOT_YET_VALID", 5),
        ("gonogo-signoff@v1", "git", "SIGNER_NAMESPACE", 5),
        ("ada", "*", "SIGNER_PATTERN", 5),
    ],
)
def test_a_key_that_the_policy_does_not_take(
    gonogo: Said, held: Desk, old: str, new: str, code: str, exit_code: int
) -> None:
    for folder in held.trust_folders():
        signers = folder / "allowed_signers"
        signers.write_text(signers.read_text().replace(old, new))
    refused(gonogo(held, *GO), code, exit_code)
    assert undecided(held)


def test_an_encrypted_key_without_a_terminal(gonogo: Said, tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "locked", key=False)
    make_key(desk.key, passphrase="secret")  # noqa: S106 - made for this test
    desk.enrol()
    assert gonogo(desk, *RUN).returncode == 4
    done = gonogo(desk, *NO_GO)
    refused(done, "KEY_ENCRYPTED", 2)
    assert "ssh-add" in done.stderr
    desk.key.unlink()  # the public half alone
    named = ("--key", f"{desk.key}.pub")
    refused(gonogo(desk, *NO_GO, *named), "AGENT_MISSING", 3)
    refused(gonogo(desk, *NO_GO, *named, SSH_AUTH_SOCK=str(tmp_path / "nobody-listens")), "AGENT_MISSING", 3)


def test_an_agent_that_is_locked(gonogo: Said, held: Desk) -> None:
    with agent(held) as socket:
        held.key.unlink()
        named = ("--key", f"{held.key}.pub")
        lock(held, socket, "-x")
        refused(gonogo(held, *GO, *named, SSH_AUTH_SOCK=socket), "KEY_NOT_IN_AGENT", 3)
        lock(held, socket, "-X")
        assert gonogo(held, *GO, *named, SSH_AUTH_SOCK=socket).returncode == 0


@contextmanager
def agent(desk: Desk) -> Iterator[str]:
    """An ssh-agent that holds the desk's key; its socket."""
    folder = tempfile.mkdtemp(prefix="agent-", dir="/tmp")  # a socket's path is short: 104 bytes on macOS
    socket = f"{folder}/s"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", socket], env=desk.environment(), stdout=subprocess.DEVNULL, cwd=desk.home
    )
    try:
        while not os.path.exists(socket):  # noqa: PTH110 - it is there in a moment
            assert process.poll() is None
        subprocess.run(
            ["ssh-add", "-q", str(desk.key)], env=desk.environment(SSH_AUTH_SOCK=socket), check=True, cwd=desk.home
        )
        yield socket
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def lock(desk: Desk, socket: str, how: str) -> None:
    """Lock (``-x``) or unlock (``-X``) the agent; the program asks for the word through another program."""
    ask = desk.home / "ask"
    ask.write_text("#!/bin/sh\necho word\n")
    ask.chmod(0o700)
    env = desk.environment(SSH_AUTH_SOCK=socket, SSH_ASKPASS=str(ask), SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")
    subprocess.run(["ssh-add", how], env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)


@pytest.mark.parametrize("where", ["seal.json", "core/pack.json", "review/notes.md"])
def test_evidence_edited_between_run_and_sign(gonogo: Said, held: Desk, where: str) -> None:
    (file,) = held.state_folder().glob(f"runs/*/pack/EVP-*/{where}")
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"a", b"b", 1))
    refused(gonogo(held, *GO), "PACK_CHANGED", 6)
    assert undecided(held)
    assert rows(held, "SELECT 1 FROM signoffs") == []


def test_resumed_and_signed_twice(gonogo: Said, held: Desk) -> None:
    assert gonogo(held, "resume", "latest").returncode == 4
    assert gonogo(held, *GO).returncode == 0
    for _ in range(2):
        done = gonogo(held, "resume", "latest")
        assert (done.returncode, "ada decided GO on 20" in done.stderr) == (0, True)
    refused(gonogo(held, *NO_GO), "ALREADY_DECIDED", 5)
    assert rows(held, "SELECT decision, state FROM spent") == [("GO", "DONE")]


def test_a_go_without_a_terminal_is_not_presence(gonogo: Said, held: Desk) -> None:
    for folder in held.trust_folders():
        (folder / "signoff.toml").unlink()
    assert gonogo(held, "resume", "latest").returncode == 4  # another policy: the operator is asked again
    refused(gonogo(held, *GO), "PRESENCE_TOO_WEAK", 5)


def test_a_gate_cannot_start_a_run(gonogo: Said, enrolled: Desk) -> None:
    refused(gonogo(enrolled, *RUN, GONOGO_GATE="tests"), "RUN_INSIDE_GATE", 5)


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file of this process can grow beyond ``size`` bytes: real writes fail, without root and on every system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_while_sealing(gonogo: Said, desk: Desk, waiting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("gonogo_agents.evidence_port.write_pack", _write_pack_in_little_room)
        refused(gonogo(desk, "run", "--layer", "L0", "--reason", "test"), "DISK_FULL", 3)
    (packs,) = desk.state_folder().glob("runs/*/pack")
    assert list(packs.iterdir()) == []
    assert gonogo(desk, "resume", "latest").returncode == 4
    assert rows(desk, "SELECT core_digest FROM runs") == rows(waiting, "SELECT core_digest FROM runs")


def _write_pack_in_little_room(folder: Path, contents: Contents) -> Sealed:
    with room(2000):
        return write_pack(folder, contents)


@pytest.mark.parametrize("size", [1_000, 20_000, 100_000, 150_000, 200_000, 250_000])
def test_a_disk_that_is_full_at_any_moment(gonogo: Said, desk: Desk, waiting: Desk, size: int) -> None:
    words = ("run", "--layer", "L0", "--reason", "test")
    with room(size):
        done = gonogo(desk, *words)
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert any(f"error {code}: " in done.stderr for code in ("DISK_FULL", "STATE_UNUSABLE")), done.stderr
    again = ("resume", "latest") if rows(desk, "SELECT 1 FROM runs") else words
    assert gonogo(desk, *again).returncode == 4
    assert rows(desk, "SELECT core_digest FROM runs") == rows(waiting, "SELECT core_digest FROM runs")


def test_a_database_without_room_says_so(tmp_path: Path) -> None:
    from gonogo_graph.store.sqlite import connect, what_the_disk_says

    connection = connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE x (y)")
    connection.execute("PRAGMA max_page_count = 3")
    with pytest.raises(GonogoError) as caught, what_the_disk_says(tmp_path):
        connection.execute("INSERT INTO x VALUES (zeroblob(100000))")
    connection.close()
    assert (caught.value.code, caught.value.exit_code) == ("DISK_FULL", 3)


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
