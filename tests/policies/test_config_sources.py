"""Reading folders: no links followed, caps kept, each trouble in words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import BadInput
from gonogo_policies.config import load_config, packaged_config, read_folder, read_repository
from gonogo_policies.config.sources import MAX_FILES
from gonogo_policies.toml_guard import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.config.gates import Origin

pytestmark = pytest.mark.fast


def refused(path: Path, label: Origin = "trust") -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_folder(path, label)
    return caught.value


def test_the_packaged_defaults_are_there_and_whole() -> None:
    folder = packaged_config()
    assert (folder / "layers.toml").is_file()
    assert load_config([read_folder(folder, "packaged")]).layers["L6"].forbidden


def test_only_toml_is_read_and_scopes_keep_their_folder(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_bytes(b"x = 1\n")
    (tmp_path / "notes.md").write_text("no")
    (tmp_path / "capability_scopes").mkdir()
    (tmp_path / "capability_scopes" / "L0_a.toml").write_bytes(b"y = 1\n")
    (tmp_path / "capability_scopes" / "README.md").write_text("no")
    assert read_folder(tmp_path, "trust").files == {"gates.toml": b"x = 1\n", "capability_scopes/L0_a.toml": b"y = 1\n"}


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert refused(tmp_path / "none").code == "CONFIG_NOT_FOUND"
    assert refused(tmp_path / "file").code == "CONFIG_NOT_A_FOLDER"
    (tmp_path / "capability_scopes").write_text("x")
    assert refused(tmp_path).code == "CONFIG_NOT_A_FOLDER"


def test_links_and_loops_are_not_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "gates.toml").write_text("x = 1\n")
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "loop").symlink_to("loop")
    assert refused(tmp_path / "link").code == "CONFIG_IS_A_LINK"
    assert refused(tmp_path / "loop").code == "CONFIG_IS_A_LINK"
    (real / "roles.toml").symlink_to("gates.toml")
    assert refused(real).code == "CONFIG_IS_A_LINK"
    (real / "roles.toml").unlink()
    (real / "roles.toml").symlink_to("roles.toml")
    assert refused(real).code == "CONFIG_IS_A_LINK"
    (real / "roles.toml").unlink()
    (real / "capability_scopes").symlink_to(real)
    assert refused(real).code == "CONFIG_IS_A_LINK"


def test_the_files_of_a_package_may_be_links_that_the_installer_made(tmp_path: Path) -> None:
    store, package = tmp_path / "store", tmp_path / "package"
    store.mkdir()
    package.mkdir()
    (store / "a").write_bytes(b"x = 1\n")
    (package / "gates.toml").symlink_to(store / "a")
    assert read_folder(package, "packaged").files == {"gates.toml": b"x = 1\n"}


def test_a_large_file_of_ours_is_refused_without_reading_and_a_foreign_one_left_alone(tmp_path: Path) -> None:
    with (tmp_path / "data.toml").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    assert read_folder(tmp_path, "commit").files == {}
    with (tmp_path / "layers.toml").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    error = refused(tmp_path, "commit")
    assert (error.code, error.where) == ("CONFIG_TOO_LARGE", "config/layers.toml")
    assert str(MAX_BYTES) in str(error.what)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.toml"
    try:
        with open(name, "wb"):  # noqa: PTH123 - the name is bytes
            pass
    except OSError:
        pytest.skip("this file system takes no such names")
    error = refused(tmp_path)
    assert error.code == "CONFIG_NAME"
    assert error.where.isascii()


def test_special_and_unreadable_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gates.toml")
    assert refused(tmp_path).code == "CONFIG_UNREADABLE"
    (tmp_path / "gates.toml").unlink()
    (tmp_path / "gates.toml").mkdir()
    assert refused(tmp_path).code == "CONFIG_UNREADABLE"


def test_a_scope_with_a_name_that_is_no_id(tmp_path: Path) -> None:
    (tmp_path / "capability_scopes").mkdir()
    (tmp_path / "capability_scopes" / "L0 ops.toml").write_text("")
    assert refused(tmp_path).code == "CONFIG_NAME"


def test_very_many_files(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"f{number}.toml").touch()
    assert refused(tmp_path).code == "CONFIG_TOO_MANY"


def test_a_repository_with_and_without_configuration(tmp_path: Path) -> None:
    assert read_repository(tmp_path).files == {}
    (tmp_path / ".gonogo").mkdir()
    (tmp_path / ".gonogo" / "gates.toml").write_bytes(b"a = 1\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "layers.toml").write_bytes(b"b = 1\n")
    assert read_repository(tmp_path).files == {".gonogo/gates.toml": b"a = 1\n", "layers.toml": b"b = 1\n"}
    (tmp_path / ".gonogo" / "gates.toml").unlink()
    (tmp_path / ".gonogo" / "gates.toml").symlink_to("gates.toml")
    with pytest.raises(BadInput) as caught:
        read_repository(tmp_path)
    assert (caught.value.code, caught.value.where) == ("CONFIG_IS_A_LINK", ".gonogo/gates.toml")
