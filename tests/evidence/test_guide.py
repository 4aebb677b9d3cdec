"""VERIFY.md: its commands hold for the pack they were made for, and for no other bytes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import dsse, guide, verify_pack
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.verify import guide as check
from gonogo_evidence.verify import open_pack
from support.attested import Person, closed, committed, decided_pack, reviewed_pack, signed
from support.packs import overwrite, sample_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = dsse.load(dsse.new_engine_key())
NAME = "EVP-4BM2-L0-20260109-001"
WILD = 'J\u00f6rg `O\'\u00d6` $(touch PWNED); "x" \\ %s <x>'
"""A principal that would like to be a command."""


def _publish(folder: Path) -> Path:
    (folder / guide.NAME).write_bytes(guide.render(open_pack(folder)))
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published pack with a condition that was closed, and beside it what a stranger brings."""
    folder = tmp_path_factory.mktemp("guide")
    alice, wild = Person.new(folder / "keys", "alice@example.org"), Person.new(folder / "keys", WILD.replace('"', ""))
    (folder / "allowed_signers").write_text(alice.line + wild.line)
    (folder / "engine.pub").write_bytes(dsse.public_pem(KEY))
    (folder / "yes.py").write_text("")
    sealed = reviewed_pack(folder / NAME, KEY)
    signoff = signed(sealed, wild, "GO-WITH-CONDITIONS")
    committed(sealed, KEY, "GO-WITH-CONDITIONS", signoff)
    closed(sealed, alice, signoff)
    _publish(sealed.folder)
    return folder


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """One's own copy of all of it; returns the pack."""
    shutil.copytree(place, tmp_path / "copy")
    return tmp_path / "copy" / NAME


def _commands(pack: Path, shell: Sequence[str] = ("bash", "-eu"), *, verifier: Path | None = None) -> tuple[int, str]:
    """Run all blocks as the page says, over the file itself."""
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ALLOWED_SIGNERS": str(pack.parent / "allowed_signers"),
        "ENGINE_KEY": str(pack.parent / "engine.pub"),
        "VERIFIER": str(verifier or verify_pack.__file__),
        "TMPDIR": str(pack.parent),
    }
    line = f"sed -n '/^```sh$/,/^```$/p' VERIFY.md | sed '/^```/d' | {' '.join(shell)}"
    assert line.rsplit(" | ", 1)[0] in (pack / guide.NAME).read_text()
    done = subprocess.run(["sh", "-c", line], cwd=pack, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("shell", [("bash", "-eu"), ("sh", "-eu")])
def test_the_commands_of_the_page_hold_for_its_pack(copy: Path, shell: tuple[str, ...]) -> None:
    code, said = _commands(copy, shell)
    assert code == 0, said
    assert said.count("Signature Verified Successfully") == 7
    assert said.count('Good "gonogo-') == 2
    assert '"decision":"GO-WITH-CONDITIONS"' in said
    assert "authentic PASS, verdict PASS, decision PASS; exit 0" in said
    assert not list(copy.parent.rglob("PWNED*"))


def test_every_block_matters_without_the_last_one(copy: Path) -> None:
    """One byte of any file: the tools of the system see it, without our verifier."""
    quiet = copy.parent / "yes.py"
    assert _commands(copy, verifier=quiet)[0] == 0
    for path in sorted(path for path in copy.rglob("*") if path.is_file() and path.name != guide.NAME):
        whole = path.read_bytes()
        at = len(whole) // 2
        overwrite(path, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        code, said = _commands(copy, verifier=quiet)
        assert code != 0, (path.name, said)
        overwrite(path, whole)


@pytest.mark.parametrize("name", ["note.txt", "data/more", ".hidden", "core/a b", "attestations/x.dsse.json"])
def test_a_file_that_was_not_sealed_is_seen(copy: Path, name: str) -> None:
    (copy / name).write_bytes(b"")
    assert _commands(copy, verifier=copy.parent / "yes.py")[0] != 0


def test_a_link_or_a_missing_file_is_seen(copy: Path) -> None:
    path = copy / "data/layer-smoke-report.json"
    path.rename(copy.parent / "moved")
    assert _commands(copy, verifier=copy.parent / "yes.py")[0] != 0
    path.symlink_to(copy.parent / "moved")
    assert _commands(copy, verifier=copy.parent / "yes.py")[0] != 0


def test_signers_and_engines_that_a_stranger_does_not_know_are_not_believed(copy: Path, place: Path) -> None:
    (copy.parent / "engine.pub").write_bytes(dsse.public_pem(dsse.load(dsse.new_engine_key())))
    assert _commands(copy, verifier=copy.parent / "yes.py")[0] != 0
    shutil.copy(place / "engine.pub", copy.parent / "engine.pub")
    (copy.parent / "allowed_signers").write_text(Person.new(copy.parent / "keys", "alice@example.org").line)
    assert _commands(copy, verifier=copy.parent / "yes.py")[0] != 0


def test_a_page_for_a_pack_that_was_just_sealed_has_no_steps_that_it_does_not_need(tmp_path: Path) -> None:
    pack = _publish(sample_pack(tmp_path / NAME).folder)
    text = (pack / guide.NAME).read_text()
    assert "## 4." not in text
    assert "## 5." not in text
    assert "## 6." not in text
    for name in ("allowed_signers", "engine.pub", "yes.py"):
        (tmp_path / name).write_text("")
    assert _commands(pack, verifier=tmp_path / "yes.py")[0] == 0


@given(st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text and not text.endswith("\n")))
@settings(max_examples=40)
def test_a_word_is_one_word_of_the_shell_and_printable(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    word = guide.word(body)
    assert word.isascii()
    assert word.isprintable()
    done = subprocess.run(["sh", "-c", f"printf %s {word}"], capture_output=True, check=False)
    assert done.stdout == body.encode()


def test_the_page_is_ascii_and_its_prose_holds_no_word_of_people(place: Path) -> None:
    text = (place / NAME / guide.NAME).read_bytes()
    assert text.isascii()
    prose = re.sub(r"^```sh$.*?^```$", "", text.decode(), flags=re.MULTILINE | re.DOTALL)
    assert "## 6." in prose
    assert "PWNED" not in prose
    assert "alice" not in prose


# --- the check ---


def _codes(pack: Path) -> list[tuple[str, int]]:
    return [(found.code, found.exit) for found in check.check(open_pack(pack))]


def test_the_page_is_made_again_and_compared(copy: Path) -> None:
    assert _codes(copy) == [("OK", 0)]
    page = copy / guide.NAME
    whole = page.read_bytes()
    for other in (whole + b"\n", whole.replace(b"-Y verify", b"-Y check-novalidate"), b"", b"# How\n", whole[1:]):
        page.write_bytes(other)
        assert _codes(copy) == [("GUIDE_DIFFERS", 6)]
    page.write_bytes(b"<!-- gonogo/verify-guide/v9 -->\nanything")
    assert _codes(copy) == [("GUIDE_OTHER_RENDERER", 3)]
    page.unlink()
    assert _codes(copy) == []


def test_a_page_from_before_the_decision_is_not_the_pages_of_the_decided_pack(tmp_path: Path) -> None:
    sealed = reviewed_pack(tmp_path / NAME, KEY)
    _publish(sealed.folder)
    assert _codes(sealed.folder) == [("OK", 0)]
    signed(sealed, Person.new(tmp_path / "keys", "alice@example.org"))
    assert _codes(sealed.folder) == [("GUIDE_DIFFERS", 6)]


def test_a_page_for_what_is_no_signoff_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    sealed = decided_pack(tmp_path / NAME, KEY, Person.new(folder, "alice@example.org"))
    overwrite(sealed.folder / "review/a@b.c-1A2b3C4d.signoff.json", b"{}")
    with pytest.raises(IntegrityBroken):
        guide.render(open_pack(sealed.folder))


# --- the verifier to give away ---


def test_the_verifier_is_copied_beside_a_pack_and_never_into_one(copy: Path) -> None:
    path = guide.export_verifier(copy.parent)
    assert path.read_bytes() == Path(verify_pack.__file__).read_bytes()
    assert guide.export_verifier(copy.parent) == path
    assert _commands(copy, verifier=path)[0] == 0
    for folder in (copy, copy.parent / "none"):
        with pytest.raises(BadInput, match="VERIFIER_PLACE"):
            guide.export_verifier(folder)
    path.write_bytes(b"other")
    with pytest.raises(BadInput, match="VERIFIER_TAKEN"):
        guide.export_verifier(copy.parent)
