"""What may not be read, or was named wrongly, says nothing about a pack: 3 or 2, and never that bytes were changed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gonogo.main import main
from gonogo_evidence import verify_pack
from support.nobody import open_place, without_rights
from support.terminal import small_world
from support.whole import Whole, whole_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Said: TypeAlias = "tuple[int, set[str]]"
OPTIONS = ("--allowed-signers", "--engine-key", "--vkey")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with open_place() as folder:
        yield folder


@pytest.fixture(scope="module")
def whole(place: Path) -> Whole:
    return whole_pack(place)


def _ask(words: list[str], capsys: pytest.CaptureFixture[str], home: Path) -> tuple[Said, Said]:
    """Exit code and codes of both."""
    return (
        _said(main(["verify", *words, "--json"], world=small_world(home)), capsys),
        _said(verify_pack.main([*words, "--json"]), capsys),
    )


def _said(code: int, capsys: pytest.CaptureFixture[str]) -> Said:
    document = json.loads(capsys.readouterr().out)
    found = document.get("checks") or [document["error"]]
    return code, {one["code"] for one in found} - {"OK", "NOT_CHECKED"}


PAYLOAD = "data/logs/log.jsonl"


@pytest.mark.parametrize(
    "path", [PAYLOAD, "core/inventory.json", "seal.json", "review/notes.md", "review/outcome.json"]
)
def test_one_file_that_this_user_may_not_read_was_called_tampering(
    whole: Whole, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    assert [code for code, _ in _ask(whole.words(), capsys, whole.folder.parent)] == [0, 0]
    (whole.folder / path).chmod(0)
    try:
        with without_rights():
            found = _ask(whole.words(), capsys, whole.folder.parent)
    finally:
        (whole.folder / path).chmod(0o444)
    assert [code for code, _ in found] == [3, 3], found
    assert all("PACK_NOT_READABLE" in codes for _, codes in found), found


def test_a_single_file_that_this_user_may_not_read_was_called_another(
    whole: Whole, capsys: pytest.CaptureFixture[str]
) -> None:
    whole.single_file.chmod(0)
    try:
        with without_rights():
            (code, codes), _ = _ask(whole.words(), capsys, whole.folder.parent)
    finally:
        whole.single_file.chmod(0o444)
    assert (code, "FILE_NOT_READABLE" in codes) == (3, True)


@pytest.mark.parametrize("folder", [".", "data", "core"])
@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_folder_that_may_not_be_entered_was_no_pack_to_one_of_them(
    whole: Whole, capsys: pytest.CaptureFixture[str], folder: str, mode: int
) -> None:
    (whole.folder / folder).chmod(mode)
    try:
        with without_rights():
            found = _ask(whole.words(), capsys, whole.folder.parent)
    finally:
        (whole.folder / folder).chmod(0o755)
    assert [code for code, _ in found] == [3, 3], found
    assert all("PACK_NOT_READABLE" in codes for _, codes in found), found


def test_a_pack_below_a_folder_that_may_not_be_entered_is_not_found(
    whole: Whole, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = whole.folder.parent / "closed"
    (closed / "pack").mkdir(parents=True, exist_ok=True)
    closed.chmod(0)
    with without_rights():
        found = _ask([str(closed / "pack"), *whole.words()[1:]], capsys, whole.folder.parent)
    assert found == ((2, {"PACK_NOT_FOUND"}), (2, {"PACK_NOT_FOUND"}))


def _instead(whole: Whole, option: str, other: Path) -> list[str]:
    words = whole.words()
    words[words.index(option) + 1] = str(other)
    return words


@pytest.mark.parametrize("option", OPTIONS)
def test_a_key_file_that_is_a_link_was_called_an_invalid_decision(
    whole: Whole, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    words = whole.words()
    (tmp_path / "link").symlink_to(words[words.index(option) + 1])
    found = _ask(_instead(whole, option, tmp_path / "link"), capsys, whole.folder.parent)
    assert [code for code, _ in found] == [0, 0]


UNUSABLE: dict[str, Callable[[Path], object]] = {
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/null"),
    "link to itself": lambda path: path.symlink_to(path),
    "nothing": lambda _: None,
    "too large": lambda path: path.write_bytes(b"#" * (17 << 20)),
}


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("option", OPTIONS)
def test_a_wrong_argument_was_blamed_on_the_evidence(
    whole: Whole, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, kind: str
) -> None:
    UNUSABLE[kind](tmp_path / "brought")
    found = _ask(_instead(whole, option, tmp_path / "brought"), capsys, whole.folder.parent)
    assert [code for code, _ in found] == [2, 2], found


@pytest.mark.parametrize("option", OPTIONS)
def test_a_key_file_that_may_not_be_read_is_a_wrong_argument(
    whole: Whole, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    secret = whole.folder.parent / "secret"
    secret.write_bytes(b"")
    secret.chmod(0)
    with without_rights():
        found = _ask(_instead(whole, option, secret), capsys, whole.folder.parent)
    assert [code for code, _ in found] == [2, 2], found


def test_a_policy_that_is_a_link_is_read_too(whole: Whole, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "policy").symlink_to(tmp_path / "signoff.toml")
    (tmp_path / "signoff.toml").write_text('schema = "gonogo/signoff/v1"\n')
    assert main(["verify", *whole.words(), "--policy", str(tmp_path / "policy")], world=small_world(tmp_path)) != 6
    assert "FILE_IS_A_LINK" not in capsys.readouterr().out
