"""The file of a hand-over has one form for its content; any other is refused, and nothing is written beside."""

from __future__ import annotations

import io
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_graph.handoff import archive

NAMES = st.from_regex(r"[a-z]{1,8}(/[A-Za-z0-9_@+=][A-Za-z0-9_@+=-]{0,20}){1,3}", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=1300), min_size=1, max_size=5)
GOOD = {"handoff.dsse.json": b"{}", "pack/seal.json": b"x" * 700}


def made(files: dict[str, bytes]) -> bytes:
    """The bytes that are written for these files."""
    with tempfile.TemporaryDirectory() as folder:
        archive.write(Path(folder) / "f", list(files.items()))
        return (Path(folder) / "f").read_bytes()


def unpacked(data: bytes) -> tuple[str, dict[str, bytes]]:
    """The digest and the files of a hand-over; the folder around stays as it was."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "f").write_bytes(data)
        try:
            digest = archive.unpack(folder / "f", folder / "out")
        finally:
            assert {path.name for path in folder.iterdir()} <= {"f", "out"}
        files = [path for path in (folder / "out").rglob("*") if path.is_file()]
        return digest, {path.relative_to(folder / "out").as_posix(): path.read_bytes() for path in files}


def clashes(names: set[str]) -> bool:
    """Whether one name is the folder of another."""
    return any(one.startswith(f"{other}/") for one in names for other in names)


@settings(deadline=None, max_examples=40)  # files are brought to the disk
@given(files=FILES)
def test_what_is_written_is_read_again_and_any_tar_reads_it(files: dict[str, bytes]) -> None:
    if clashes(set(files)):
        return
    data = made(files)
    assert unpacked(data)[1] == files
    assert made(dict(reversed(files.items()))) == data
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert {one.name for one in tar} == set(files)


@settings(deadline=None, max_examples=60)
@given(files=FILES, at=st.integers(0, 1 << 20), bit=st.integers(0, 7))
def test_a_changed_bit_is_refused_or_changes_the_digest(files: dict[str, bytes], at: int, bit: int) -> None:
    if clashes(set(files)):
        return
    data = bytearray(made(files))
    before, _ = unpacked(bytes(data))
    data[at % len(data)] ^= 1 << bit
    digest = ""
    with suppress(IntegrityBroken):
        digest, _ = unpacked(bytes(data))
    assert digest != before


@settings(deadline=None, max_examples=40)
@given(cut=st.integers(1, 4000))
def test_a_cut_file_is_refused(cut: int) -> None:
    data = made(GOOD)
    with pytest.raises(IntegrityBroken):
        unpacked(data[: max(0, len(data) - cut)])


def crafted(*members: tuple[str, bytes, dict[str, object]], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """A tar that somebody else made, with fields of a header as they please."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data, more in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            for field, value in more.items():
                setattr(info, field, value)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


HOSTILE = {
    "link": crafted(("pack/a", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})),
    "hard link": crafted(("pack/a", b"", {"type": tarfile.LNKTYPE, "linkname": "pack/b"})),
    "device": crafted(("pack/a", b"", {"type": tarfile.CHRTYPE})),
    "folder": crafted(("pack/a", b"", {"type": tarfile.DIRTYPE})),
    "up": crafted(("../a", b"x", {})),
    "up inside": crafted(("pack/../../a", b"x", {})),
    "absolute": crafted(("/tmp/a", b"x", {})),  # noqa: S108 - a name in a header
    "hidden": crafted(("pack/.git/config", b"x", {})),
    "owner": crafted(("pack/a", b"x", {"uid": 1})),
    "mode": crafted(("pack/a", b"x", {"mode": 0o4755})),
    "time": crafted(("pack/a", b"x", {"mtime": 1})),
    "twice": crafted(("pack/a", b"x", {}), ("pack/a", b"y", {})),
    "order": crafted(("pack/b", b"x", {}), ("pack/a", b"y", {})),
    "file as folder": crafted(("pack/a", b"x", {}), ("pack/a/b", b"y", {})),
    "long name": crafted((f"pack/{'a' * 300}", b"x", {}), form=tarfile.GNU_FORMAT),
    "extended header": crafted(("pack/ä", b"x", {}), form=tarfile.PAX_FORMAT),
    "appended": made(GOOD) + bytes(512),
    "padded as tar does": crafted(("pack/a", b"x", {})),
    "giant claim": made(GOOD)[:124] + b"77777777777\0" + made(GOOD)[136:],
    "nothing": b"",
    "no tar": b"PK\x03\x04" * 400,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_other_form_is_refused(name: str) -> None:
    with pytest.raises(IntegrityBroken) as refused:
        unpacked(HOSTILE[name])
    assert refused.value.code == "HANDOFF_BROKEN"


def test_what_is_no_file_of_a_hand_over_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        archive.unpack(tmp_path / "gone", tmp_path / "out")
    assert refused.value.code == "FILE_NOT_FOUND"


def test_a_file_that_is_too_large_is_not_even_begun(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(archive.MOST_BYTES + 1)
    with pytest.raises(BadInput) as refused:
        archive.unpack(tmp_path / "f", tmp_path / "out")
    assert refused.value.code == "HANDOFF_TOO_LARGE"
