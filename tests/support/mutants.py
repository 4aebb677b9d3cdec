"""Single-change mutants of a complete pack: each changes one thing and leaves the rest as it was.

Families: ``bytes`` of every file, ``structure`` (names, kinds and places), ``json`` (``mutants_json``) and ``signed``
(``mutants_signed``: manifest, envelopes, signatures, proof). A mutant is either other bytes in one file or an act.
"""

from __future__ import annotations

import base64
import os
import random
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from support import mutants_json, mutants_signed
from support.logs import key
from support.packs import overwrite

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from pathlib import Path

    from support.whole import Whole

Files: TypeAlias = "Mapping[str, bytes]"
"""Every file of a pack by its path in it; the single file beside it is ``../NAME.json``."""
FLIPS = 8
"""Flipped bits in each file."""
TWIN = "a twin in capitals"
WITHOUT_EFFECT = {
    ("VERIFY.md", "removed"): "A pack has no guide before it is published; nothing follows from the page's absence.",
    ("../EVP-4BM2-L0-20260109-001.json", "removed"): "All that the single file says is in the pack too.",
    (
        "index",
        "removed",
    ): "A pack is logged after it was sealed; its absence from a log shows in the log, not in the pack.",
    (
        mutants_signed.PROOF,
        "a witness signs too",
    ): "C2SP signed-note: signatures of keys that are not known are passed over.",
    (
        "review/request.json",
        "removed",
    ): "What was asked is in what was signed, and in the outcome; from the page alone nothing follows.",
    ("seal.json", "others may write and run it"): "Modes and times of files do not travel, and nobody signed them.",
}
"""Single changes that verify does not refuse, and why that is right. They are none of :func:`mutants`."""


@dataclass(frozen=True)
class Mutant:
    """One change."""

    family: str
    what: str
    path: str
    """The file that it is about, in the pack."""
    data: bytes | None = None
    """What stands in that file instead."""
    act: Callable[[Path], object] | None = None
    """What is done to the pack's folder instead of writing ``data``."""

    def __str__(self) -> str:
        return f"{self.family}: {self.path}: {self.what}"


def files_of(whole: Whole) -> dict[str, bytes]:
    """Every file of the pack, and the single file."""
    inside = (path for path in sorted(whole.folder.rglob("*")) if path.is_file())
    read = {path.relative_to(whole.folder).as_posix(): path.read_bytes() for path in inside}
    return {**read, f"../{whole.single_file.name}": whole.single_file.read_bytes()}


def mutants(whole: Whole, other: Whole) -> list[Mutant]:
    """All mutants of ``whole``, no two the same; ``other`` is a good pack that parts are taken from."""
    files, others = files_of(whole), files_of(other)
    found: dict[tuple[str, bytes], Mutant] = {}
    written: list[tuple[str, Iterable[tuple[str, str, bytes]]]] = [
        ("bytes", _bytes(files)),
        ("json", mutants_json.mutants(files)),
        ("signed", mutants_signed.mutants(files, others)),
        ("swapped", _swapped(files, others)),
    ]
    for family, changes in written:
        for path, what, data in changes:
            if data != files[path]:
                found.setdefault((path, data), Mutant(family, what, path, data))
    one_case = (whole.folder / "SEAL.JSON").exists()  # a file system that knows no twins: there is nothing to change
    shapes = (one for one in _structure(files) if not (one_case and one.what == TWIN))
    return [*found.values(), *(one for one in shapes if (one.path, one.what) not in WITHOUT_EFFECT)]


def without_effect(whole: Whole) -> list[tuple[Mutant, str]]:
    """The changes of :data:`WITHOUT_EFFECT`, each with the limit that verify states instead, if there is one."""
    files = files_of(whole)
    single, request = f"../{whole.single_file.name}", "review/request.json"
    note = key(99).sign(b"anything")
    line = f"\u2014 witness.example {base64.b64encode(b'abcd' + note).decode()}\n"
    proof = files[mutants_signed.PROOF] + line.encode()
    return [
        (Mutant("structure", "removed", single, act=lambda pack: (pack / single).unlink()), "SINGLE_FILE_ABSENT"),
        (Mutant("structure", "removed", "VERIFY.md", act=lambda pack: (pack / "VERIFY.md").unlink()), ""),
        (Mutant("structure", "removed", request, act=lambda pack: (pack / request).unlink()), ""),
        (Mutant("structure", "removed", "index", act=lambda pack: shutil.rmtree(pack / "index")), "INDEX_ABSENT"),
        (Mutant("signed", "a witness signs too", mutants_signed.PROOF, proof), ""),
        (Mutant("structure", "others may write and run it", "seal.json", act=_loosen), ""),
    ]


@contextmanager
def shown(whole: Whole, mutant: Mutant, files: Files) -> Generator[Whole, None, None]:
    """The pack with the change in it, for a while; afterwards it is as ``files`` say."""
    path = whole.folder / mutant.path
    if mutant.act is None:
        overwrite(path, mutant.data or b"")
        try:
            yield whole
        finally:
            overwrite(path, files[mutant.path])
        return
    mutant.act(whole.folder)
    try:
        yield whole
    finally:
        _restore(whole, files)


def _loosen(pack: Path) -> None:
    (pack / "seal.json").chmod(0o777)
    os.utime(pack / "seal.json", (1, 1))


def _restore(whole: Whole, files: Files) -> None:
    for place in (whole.folder, whole.single_file):
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    for path, data in files.items():
        target = whole.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _bytes(files: Files) -> Iterator[tuple[str, str, bytes]]:
    chance = random.Random(4711)  # noqa: S311 - a test's sample
    for path, whole in files.items():
        for offset in sorted({0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(FLIPS - 2))}):
            bit = 1 << chance.randrange(8)
            flipped = bytes([whole[offset] ^ bit])
            yield path, f"bit {bit} of byte {offset} flipped", whole[:offset] + flipped + whole[offset + 1 :]
        offset = chance.randrange(len(whole))
        yield path, f"byte {offset} taken out", whole[:offset] + whole[offset + 1 :]
        yield path, f"a byte put in at {offset}", whole[:offset] + b"0" + whole[offset:]
        yield path, "cut in half", whole[: len(whole) // 2]
        yield path, "without its last byte", whole[:-1]
        yield path, "emptied", b""
        yield path, "a line end appended", whole + b"\n"
        yield path, "a zero byte appended", whole + b"\0"
        yield path, "written twice", whole + whole


def _swapped(files: Files, others: Files) -> Iterator[tuple[str, str, bytes]]:
    """Another file's bytes, and those of the same file in another pack (whose single file has another name)."""
    names = list(files)
    there = {path: others.get(path, b"") for path in names} | {names[-1]: list(others.values())[-1]}
    for path, neighbour in zip(names, [*names[1:], names[0]], strict=True):
        yield path, f"has the bytes of {neighbour}", files[neighbour]
        yield path, "from another pack", there[path]


def _structure(files: Files) -> Iterator[Mutant]:
    inside = [path for path in files if not path.startswith("../")]
    for path in files:
        yield from _about_file(path)
    for path in inside:
        yield from _names(path)
    for folder in sorted({path.rpartition("/")[0] for path in inside}):
        yield from _in_folder(f"{folder}/" if folder else "")


def _about_file(path: str) -> Iterator[Mutant]:
    """Another kind of thing stands in the file's place: a link even to the very same bytes is one."""

    def instead(make: Callable[[Path, Path], object]) -> Callable[[Path], object]:
        return lambda pack: make(pack / path, (pack / path).rename(pack.parent / "moved"))

    kinds: dict[str, Callable[[Path, Path], object]] = {
        "removed": lambda _here, _moved: None,
        "a link to its bytes": lambda here, moved: here.symlink_to(moved),
        "a link to nothing": lambda here, _moved: here.symlink_to("nowhere"),
        "a folder": lambda here, _moved: here.mkdir(),
        "a pipe": lambda here, _moved: os.mkfifo(here),
    }
    for what, make in kinds.items():
        yield Mutant("structure", what, path, act=instead(make))


def _names(path: str) -> Iterator[Mutant]:
    """The same bytes under another name, instead of the right one or beside it."""
    head, slash, name = path.rpartition("/")
    renames = {
        "renamed": f"{path}.bak",
        "in capitals": f"{head}{slash}{name.swapcase()}",
        "hidden": f"{head}{slash}.{name}",
    }
    renames |= {"moved up": name if head else f"data/{name}", "moved down": f"{head}{slash}more/{name}"}

    def rename(to: str) -> Callable[[Path], object]:
        def act(pack: Path) -> None:
            (pack / to).parent.mkdir(exist_ok=True)
            (pack / path).rename(pack / to)

        return act

    def twin(to: str) -> Callable[[Path], object]:
        return lambda pack: shutil.copyfile(pack / path, pack / to)

    for what, to in renames.items():
        yield Mutant("structure", what, path, act=rename(to))
    yield Mutant("structure", TWIN, path, act=twin(renames["in capitals"]))
    yield Mutant("structure", "a copy beside it", path, act=twin(renames["renamed"]))


def _in_folder(prefix: str) -> Iterator[Mutant]:
    """Something that nobody listed lies in a folder."""
    names = ["more.json", ".hidden", "a b", "\u00e4", "a\u0308", "x\\y", "-rf", "x\ny", "e.\u202etxt", "NUL."]

    def there(path: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
        return lambda pack: make(pack / path)

    for name in names:
        act = there(prefix + name, lambda path: path.write_bytes(b""))
        yield Mutant("structure", "an extra file", prefix + name, act=act)
    acts: dict[str, Callable[[Path], object]] = {
        "an extra folder": lambda pack: pack.mkdir(),
        "an extra link out": lambda link: link.symlink_to("/"),
        "an extra link to a sealed file": lambda link: link.symlink_to("seal.json"),
        "an extra pipe": os.mkfifo,
    }
    for what, make in acts.items():
        yield Mutant("structure", what, f"{prefix}more", act=there(f"{prefix}more", make))
