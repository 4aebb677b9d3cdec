"""The pack folder: the same core from the same contents, whole or not there at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.canonical import digest_of, loads_object
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.pack import Contents, DataFile, build_core, core_digest, read_sealed, write_pack, write_single_file
from support.packs import core_fields, core_files, sample_contents, sample_pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo_evidence.ids import JSON

NAME = "EVP-4BM2-L0-20260109-001"


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_a_pack_holds_these_files_and_no_others(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / NAME)
    assert _names(sealed.folder) == [
        "SUMMARY.md",
        "core/inventory.json",
        "core/pack.json",
        "core/run-plan.json",
        "core/validator-report.json",
        "data/gates/Lint-Gate.stdout",
        "data/layer-smoke-report.json",
        "data/logs/log.jsonl",
        "environment.json",
        "manifest-sha256.txt",
        "seal.json",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, f"{NAME}.json"]
    assert sealed.files == 9
    assert sealed.bytes == sum((sealed.folder / name).stat().st_size for name in _names(sealed.folder)[:-2])


def test_sealed_files_are_read_only(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / NAME)
    for path in [*(sealed.folder / name for name in _names(sealed.folder)), tmp_path / f"{NAME}.json"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o444, path


def test_sha256sum_itself_checks_the_manifest(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / NAME)
    tool = ["sha256sum", "-c", "--strict"] if sys.platform != "darwin" else ["shasum", "-a", "256", "-c"]
    command = [*tool, "manifest-sha256.txt"]
    good = subprocess.run(command, cwd=sealed.folder, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    assert good.stdout.count(": OK\n") == sealed.files
    (sealed.folder / "SUMMARY.md").chmod(0o644)
    (sealed.folder / "SUMMARY.md").write_text("# other\n")
    assert subprocess.run(command, cwd=sealed.folder, capture_output=True, check=False).returncode == 1


def test_environment_lists_each_payload_file_with_how_far_it_can_be_reproduced(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / NAME)
    listed = loads_object((sealed.folder / "environment.json").read_bytes())["data_files"]
    assert isinstance(listed, list)
    assert [(item["path"], item["determinism"]) for item in listed] == [
        ("data/gates/Lint-Gate.stdout", "none"),
        ("data/layer-smoke-report.json", "bit"),
        ("data/logs/log.jsonl", "none"),
    ]
    assert listed[2]["sha256"] == digest_of((sealed.folder / "data/logs/log.jsonl").read_bytes())


def test_the_core_depends_on_nothing_but_fields_and_core(tmp_path: Path) -> None:
    one = sample_pack(tmp_path / "a" / NAME)
    changes: dict[str, JSON] = {"run_id": "20270101-000000-ffffff", "started": "2027-01-01T00:00:00Z", "mode": "replay"}
    two = sample_pack(tmp_path / "b" / NAME, environment=changes, data=())
    assert one.core_digest == two.core_digest
    assert one.pack_digest != two.pack_digest
    assert core_digest(build_core(core_fields(), core_files())) == one.core_digest


def test_the_core_is_the_same_under_another_hash_seed_zone_and_locale() -> None:
    program = (
        "from support.packs import *; from gonogo_evidence.pack import *;"
        "print(core_digest(build_core(core_fields(), core_files())))"
    )
    seen = set()
    for seed, zone, locale in (("1", "UTC", "C"), ("4711", "Pacific/Chatham", "C.UTF-8")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        env["PYTHONPATH"] = str(Path(__file__).parents[1])
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1


def test_every_field_of_the_core_changes_its_digest() -> None:
    base = core_digest(build_core(core_fields(), core_files()))
    digests = {core_digest(build_core(core_fields(**{name: "changed"}), core_files())) for name in core_fields()}
    changed = {name.replace("-", "_").removesuffix(".json"): {"other": 1} for name in core_files()}
    digests |= {core_digest(build_core(core_fields(), core_files(**{name: body}))) for name, body in changed.items()}
    assert len(digests | {base}) == len(core_fields()) + len(core_files()) + 1


def test_writing_again_gives_back_the_pack_that_lies_there(tmp_path: Path) -> None:
    first = sample_pack(tmp_path / NAME)
    again = sample_pack(tmp_path / NAME, environment={"run_id": "20270101-000000-ffffff"})
    assert again == first


def test_another_core_never_replaces_a_pack(tmp_path: Path) -> None:
    sample_pack(tmp_path / NAME)
    with pytest.raises(IntegrityBroken, match="PACK_CORE_DIFFERS"):
        sample_pack(tmp_path / NAME, run_reason="another")


def test_a_pack_that_was_changed_is_not_given_back(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / NAME)
    (sealed.folder / "SUMMARY.md").unlink()
    with pytest.raises(IntegrityBroken, match="PACK_FILE_MISSING"):
        sample_pack(tmp_path / NAME)
    (sealed.folder / "SUMMARY.md").write_text("# Summary\n\nFAIL\n")
    with pytest.raises(IntegrityBroken, match="PACK_CHANGED"):
        read_sealed(sealed.folder)


def test_what_a_kill_left_behind_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.partial" / "core").mkdir(parents=True)
    (tmp_path / f"{NAME}.partial" / "core" / "pack.json").write_bytes(b"half")
    (tmp_path / f"{NAME}.json").write_bytes(b"of an older pack")
    (tmp_path / f"{NAME}.json.partial").write_bytes(b"half")
    (tmp_path / NAME).mkdir()
    sealed = sample_pack(tmp_path / NAME)
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, f"{NAME}.json"]
    assert read_sealed(sealed.folder) == sealed
    (tmp_path / f"{NAME}.json").unlink()
    assert sample_pack(tmp_path / NAME) == sealed
    assert (tmp_path / f"{NAME}.json").exists()


def test_a_partial_that_is_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"x")
    (tmp_path / f"{NAME}.partial").symlink_to("precious")
    sample_pack(tmp_path / NAME)
    assert (tmp_path / "precious" / "file").read_bytes() == b"x"


def _with(tmp_path: Path, **changes: object) -> Contents:
    (tmp_path / "sources").mkdir(exist_ok=True)
    return sample_contents(tmp_path / "sources", **changes)


@pytest.mark.parametrize(
    ("path", "determinism", "reason", "code"),
    [
        ("a", "bit", "", "DATA_PATH"),
        ("core/pack.json", "bit", "", "DATA_PATH"),
        ("data/../a", "bit", "", "PACK_PATH"),
        ("data/\u00fc", "bit", "", "PACK_PATH"),
        ("data/a", "none", "", "DATA_DETERMINISM"),
        ("data/a", "perhaps", "x", "DATA_DETERMINISM"),
    ],
)
def test_payload_without_a_safe_place_or_a_reason_is_refused(
    tmp_path: Path, path: str, determinism: str, reason: str, code: str
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    file = DataFile(path, tmp_path / "a", "text/plain", determinism, reason)  # type: ignore[arg-type]
    with pytest.raises(GonogoError) as caught:
        write_pack(tmp_path / NAME, _with(tmp_path, data=[file]))
    assert caught.value.code == code
    assert not (tmp_path / NAME).exists()


def test_two_payload_files_may_not_differ_in_case_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    files = [DataFile(path, tmp_path / "a", "text/plain", "bit", "") for path in ("data/a", "data/A")]
    with pytest.raises(BadInput, match="DATA_PATH_TWICE"):
        write_pack(tmp_path / NAME, _with(tmp_path, data=files))


@pytest.mark.parametrize("kind", ["link", "missing", "pipe", "folder"])
def test_a_source_that_is_no_plain_file_stops_the_pack_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    source = tmp_path / "source"
    makers: dict[str, Callable[[], object]] = {
        "link": lambda: source.symlink_to("/etc/hostname"),
        "missing": lambda: None,
        "pipe": lambda: os.mkfifo(source),
        "folder": source.mkdir,
    }
    makers[kind]()
    with pytest.raises(IntegrityBroken) as caught:
        write_pack(tmp_path / NAME, _with(tmp_path, data=[DataFile("data/a", source, "text/plain", "bit", "")]))
    assert caught.value.code in {"DATA_SOURCE_UNREADABLE", "FILE_NOT_REGULAR"}
    assert not list(tmp_path.glob("EVP*"))


def test_fields_that_the_pack_makes_itself_may_not_be_handed_in(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="CORE_FIELD_TAKEN"):
        build_core(core_fields(files={}), core_files())
    with pytest.raises(BadInput, match="ENVIRONMENT_FIELD_TAKEN"):
        write_pack(tmp_path / NAME, _with(tmp_path, environment={"data_files": []}))
    with pytest.raises(BadInput, match="CORE_FILES"):
        build_core(core_fields(), {**core_files(), "more.json": 1})
    assert not list(tmp_path.glob("EVP*"))


def test_a_read_only_place_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Inconclusive, match="CANNOT_WRITE"):
        write_pack(tmp_path / "file" / NAME, _with(tmp_path))


def test_the_single_file_is_written_whole_again(tmp_path: Path) -> None:
    sealed = sample_pack(tmp_path / NAME)
    path = tmp_path / f"{NAME}.json"
    before = path.read_bytes()
    path.unlink()
    (tmp_path / f"{NAME}.json.partial").write_bytes(b"half")
    assert write_single_file(sealed.folder) == path
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [NAME, f"{NAME}.json"]
