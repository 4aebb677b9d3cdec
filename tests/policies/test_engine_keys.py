"""A trust store knows every engine key that ever sealed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import dsse
from gonogo_evidence.errors import BadInput
from gonogo_policies import engine_keys

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

PEMS = [dsse.public_pem(dsse.new_engine_key()) for _ in range(3)]
IDS = [dsse.key_id(dsse.load_public(pem)) for pem in PEMS]


def ids(trust: Path) -> set[str]:
    return {dsse.key_id(key) for key in engine_keys.known(trust)}


def test_a_second_key_stands_beside_the_first(tmp_path: Path) -> None:
    for pem in PEMS:
        engine_keys.remember(tmp_path, pem)
    assert ids(tmp_path) == set(IDS)
    assert sorted(path.name for path in (tmp_path / "engine").iterdir()) == sorted(f"{name}.pub" for name in IDS)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "engine").iterdir()} == {0o600}


def test_the_single_file_of_an_earlier_store_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "engine.pub").write_bytes(PEMS[0])
    engine_keys.remember(tmp_path, PEMS[0])
    assert not (tmp_path / "engine").exists()  # known already
    engine_keys.remember(tmp_path, PEMS[1])
    assert ids(tmp_path) == set(IDS[:2])


def test_without_a_store_nothing_is_known_and_nothing_is_made(tmp_path: Path) -> None:
    engine_keys.remember(tmp_path / "none", PEMS[0])
    assert engine_keys.known(tmp_path / "none") == ()
    assert not (tmp_path / "none").exists()


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    engine_keys.remember(tmp_path, PEMS[0])
    (tmp_path / "engine" / "x.pub").write_text("no key")
    with pytest.raises(BadInput, match="ENGINE_PUBLIC_KEY_UNREADABLE") as caught:
        engine_keys.known(tmp_path)
    assert caught.value.where == str(tmp_path / "engine" / "x.pub")


def test_a_folder_that_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_keys, "MOST", 1)
    for pem in PEMS[:2]:
        engine_keys.remember(tmp_path, pem)
    with pytest.raises(BadInput, match="ENGINE_KEYS_MANY"):
        engine_keys.known(tmp_path)
