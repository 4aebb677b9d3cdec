"""The review folder: written at once, written again, and what may come later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.canonical import digest_of, loads_object
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.review import add_later, is_later, review_digest, write_review
from support.packs import sample_pack

pytestmark = pytest.mark.fast

FILES = {"card.txt": b"PASS\n", "notes.md": b"# Notes\n"}


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_review_json_names_each_file_and_the_pack(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    digest = write_review(sealed.folder, FILES)
    stored = (sealed.folder / "review/review.json").read_bytes()
    assert digest == digest_of(stored) == review_digest(sealed.folder)
    assert loads_object(stored) == {
        "schema": "gonogo/review/v1",
        "pack_digest": sealed.pack_digest,
        "files": {name: {"sha256": digest_of(data), "size": len(data)} for name, data in FILES.items()},
    }
    assert _names(tmp_path) == ["EVP", "EVP.json"]
    assert review_digest(tmp_path) is None


def test_a_second_review_replaces_the_first_and_leaves_sign_offs(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    first = write_review(sealed.folder, FILES)
    add_later(sealed.folder, "a@b.c-12345678.signoff.json", b"{}")
    second = write_review(sealed.folder, {"notes.md": b"# Edited\n", "more.txt": b""})
    assert first != second
    assert _names(sealed.folder / "review") == ["a@b.c-12345678.signoff.json", "more.txt", "notes.md", "review.json"]
    assert (sealed.folder / "review/notes.md").read_bytes() == b"# Edited\n"
    assert write_review(sealed.folder, FILES) == first
    assert _names(tmp_path) == ["EVP", "EVP.json"]


@pytest.mark.parametrize(
    "name",
    [
        "review.json",
        "outcome.json",
        "a.signoff.json",
        "a.signoff.json.sig",
        "a.close-1.json",
        "../a",
        "a/b",
        "",
        ".a",
        "a.",
        "ü",
        "a b",
    ],
)
def test_reserved_and_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    with pytest.raises(BadInput, match="REVIEW_NAME_TAKEN"):
        write_review(sealed.folder, {"card.txt": b"x", name: b"x"})
    assert not (sealed.folder / "review").exists()


def test_an_empty_review_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="REVIEW_EMPTY"):
        write_review(sample_pack(tmp_path / "EVP").folder, {})


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("outcome.json", True),
        ("a@b.c-1A2b+c3d.signoff.json", True),
        ("a@b.c-1A2b+c3d.signoff.json.sig", True),
        ("a-1.close-1.json", True),
        ("a-1.close-12.json.sig", True),
        ("a.close-0.json", False),
        ("a.close-01.json", False),
        ("a.close-.json", False),
        (".signoff.json", False),
        ("signoff.json", False),
        ("a.signoff.json.sig.sig", False),
        ("a.signoff.json\n", False),
        ("a.signoff.json.bak", False),
        ("outcome.json.sig", False),
        ("A/b.signoff.json", False),
        ("-a.signoff.json", False),
    ],
)
def test_names_of_what_comes_later(name: str, *, later: bool) -> None:
    assert is_later(name) is later


@given(st.text(max_size=20))
def test_only_later_files_may_be_added(name: str) -> None:
    if not is_later(name):
        with pytest.raises(BadInput, match="REVIEW_NAME"):
            add_later(Path("nowhere"), name, b"")


def test_no_room_is_said_in_words(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / "EVP")
    with pytest.raises(Inconclusive, match="CANNOT_WRITE"):
        add_later(sealed.folder, "outcome.json", b"{}")
    (sealed.folder / "review").write_bytes(b"a file in its place")
    with pytest.raises(Inconclusive, match="CANNOT_WRITE"):
        write_review(sealed.folder, FILES)


KILLER = """
import os, signal, sys
from pathlib import Path
from support.packs import sample_pack
from gonogo_evidence.review import write_review

root = Path(sys.argv[1])
folder = sample_pack(root / "EVP").folder
wanted = {"notes.md": b"2", "card.txt": b"2"}
expected = write_review(folder, wanted)

def child(last):
    left = [last]
    def step(real):
        def counted(*arguments, **named):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)
        return counted
    for name in ("open", "chmod", "replace", "rename", "unlink", "mkdir", "rmdir"):
        setattr(Path, name, step(getattr(Path, name)))
    write_review(folder, wanted)
    os._exit(0)

number = 0
while True:
    number += 1
    write_review(folder, {"notes.md": b"1", "old.txt": b"1"})
    pid = os.fork()
    if not pid:
        child(number)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status):
        assert status == 0, status
        break
    assert write_review(folder, wanted) == expected, number
    names = sorted(path.name for path in (folder / "review").iterdir())
    assert names == ["card.txt", "notes.md", "review.json"], (number, names)
    assert sorted(path.name for path in root.iterdir()) == ["EVP", "EVP.json"], number
print(number)
"""


def test_a_kill_at_every_step_is_healed_by_the_next_call(tmp_path: Path) -> None:
    """Killed while a second review is written: the next call gives the same digest, and nothing is left behind."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", KILLER, str(tmp_path)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 12
