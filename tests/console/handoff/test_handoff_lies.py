"""``gonogo handoff``: a file that is not what it says is not taken up, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import canonical, dsse
from gonogo_graph.handoff import archive, letter
from support.handed import nothing_there
from support.repos import make_repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bad_input import Said
    from support.desk import Desk


def rebuilt(file: Path, target: Path, change: Callable[[Path], None]) -> str:
    """The file with something changed in it, in the one form; its digest."""
    folder = target.with_suffix(".folder")
    archive.unpack(file, folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    change(folder)
    members = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()]
    return archive.write(target, list(members))


def _core(folder: Path) -> None:
    path = folder / "pack" / "core" / "pack.json"
    path.write_bytes(path.read_bytes().replace(b'"PASS"', b'"FAIL"', 1))


def _sealed_extra(folder: Path) -> None:
    (folder / "pack" / "data" / "more.txt").write_bytes(b"x")


def _outside_pack(folder: Path) -> None:
    (folder / "more").write_bytes(b"x")


def _no_letter(folder: Path) -> None:
    (folder / letter.NAME).write_bytes(b"{}")


def _other_engine(folder: Path) -> None:
    said = dsse.parse((folder / letter.NAME).read_bytes())
    (folder / letter.NAME).write_bytes(dsse.sign(said.payload_type, said.payload, dsse.new_engine_key()))


def _engine_swapped(folder: Path) -> None:
    """A letter and an engine key of the attacker's: everything else is as it was."""
    key = dsse.new_engine_key()
    said = dsse.parse((folder / letter.NAME).read_bytes())
    (folder / letter.NAME).write_bytes(dsse.sign(said.payload_type, said.payload, key))
    (folder / "pack" / "review" / "engine.pub").write_bytes(dsse.public_pem(key))


CHANGES = {
    "core": (_core, 6), "more sealed": (_sealed_extra, 6), "more": (_outside_pack, 6), "no letter": (_no_letter, 6),
    "other engine": (_other_engine, 6), "engine swapped": (_engine_swapped, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_leaves_nothing_behind(
    name: str, handed: tuple[Desk, str, Path, str], operator: Desk, tmp_path: Path, gonogo: Said
) -> None:
    change, code = CHANGES[name]
    digest = rebuilt(handed[2], tmp_path / "f", change)
    done = gonogo(operator, "handoff", "import", str(tmp_path / "f"), "--digest", digest)
    assert done.returncode == code, done.stderr
    nothing_there(operator)


def resealed(file: Path, target: Path, key: bytes, **words: Any) -> str:  # noqa: ANN401 - fields of a letter
    """The file with another letter in it, by the engine that sealed the pack."""

    def change(folder: Path) -> None:
        said = letter.read((folder / letter.NAME).read_bytes(), dsse.load_public(dsse.public_pem(key)))
        sealed = replace(said, **words)
        (folder / letter.NAME).write_bytes(letter.write(sealed, lambda data: dsse.sign(_type(folder), data, key)))

    return rebuilt(file, target, change)


def _type(folder: Path) -> str:
    return dsse.parse((folder / letter.NAME).read_bytes()).payload_type


LETTERS: dict[str, tuple[dict[str, Any], str, int]] = {
    "over": ({"expires": "2026-01-01T00:00:00Z"}, "HANDOFF_EXPIRED", 5),
    "other repository": ({"root_commit": "0" * 40}, "HANDOFF_OTHER_REPOSITORY", 5),
    "other steps": ({"graph_version": "x"}, "HANDOFF_OTHER_VERSION", 5),
    "run that climbs": ({"run_id": "../../x"}, "HANDOFF_LETTER", 6),
    "pack that climbs": ({"pack_id": "../x"}, "HANDOFF_LETTER", 6),
    "other run": ({"run_id": "20260109-000000-aaaaaa"}, "HANDOFF_LETTER", 6),
    "other pack": ({"pack_digest": "0" * 64}, "HANDOFF_LETTER", 6),
    "no time": ({"expires": "never"}, "HANDOFF_LETTER", 6),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_that_does_not_fit_here_is_refused_even_from_the_engine_itself(
    name: str, handed: tuple[Desk, str, Path, str], operator: Desk, tmp_path: Path, gonogo: Said
) -> None:
    words, code, exit_code = LETTERS[name]
    key = (handed[0].state_folder() / "engine.key").read_bytes()
    digest = resealed(handed[2], tmp_path / "f", key, **words)
    done = gonogo(operator, "handoff", "import", str(tmp_path / "f"), "--digest", digest)
    assert (done.returncode, code in done.stderr) == (exit_code, True), done.stderr
    nothing_there(operator)


@pytest.mark.parametrize(("field", "value"), [("gates", []), ("guardrails", {}), ("roles", {}), ("scope_limits", None)])
def test_a_run_under_other_gates_or_rights_than_this_machines_is_refused(
    field: str,
    value: Any,  # noqa: ANN401 - of any type
    handed: tuple[Desk, str, Path, str],
    operator: Desk,
    tmp_path: Path,
    gonogo: Said,
) -> None:
    key = (handed[0].state_folder() / "engine.key").read_bytes()
    said = letter.read(_letter_of(handed[2], tmp_path), dsse.load_public(dsse.public_pem(key)))
    inputs = canonical.loads_object(canonical.dumps({**said.inputs, field: value}))
    digest = resealed(handed[2], tmp_path / "f", key, inputs=inputs)
    done = gonogo(operator, "handoff", "import", str(tmp_path / "f"), "--digest", digest)
    assert (done.returncode, "HANDOFF_INPUTS" in done.stderr, field in done.stderr) == (5, True, True), done.stderr


def _letter_of(file: Path, tmp_path: Path) -> bytes:
    archive.unpack(file, tmp_path / "looked")
    return (tmp_path / "looked" / letter.NAME).read_bytes()


def test_the_wrong_digest_is_refused(handed: tuple[Desk, str, Path, str], operator: Desk, gonogo: Said) -> None:
    done = gonogo(operator, "handoff", "import", str(handed[2]), "--digest", "0" * 64)
    assert (done.returncode, "HANDOFF_DIFFERS" in done.stderr) == (6, True)


def test_another_repository_and_a_clone_without_the_commit_are_told(
    handed: tuple[Desk, str, Path, str], operator: Desk, tmp_path: Path, gonogo: Said
) -> None:
    make_repo(tmp_path / "other", {"a.txt": "x\n"})
    words = ("handoff", "import", str(handed[2]), "--digest", handed[3])
    done = gonogo(operator, *words, "--repo", str(tmp_path / "other"))
    assert (done.returncode, "HANDOFF_OTHER_REPOSITORY" in done.stderr) == (5, True)
    operator.repo.git("update-ref", "-d", "refs/remotes/origin/main")
    operator.repo.git("reset", "-q", "--hard", "HEAD~1")
    operator.repo.git("reflog", "expire", "--expire=now", "--all")
    operator.repo.git("gc", "-q", "--prune=now")
    done = gonogo(operator, *words)
    assert (done.returncode, "HANDOFF_COMMIT_MISSING" in done.stderr) == (3, True), done.stderr
