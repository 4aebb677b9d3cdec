"""What a commit holds: its files with blob ids, and blobs by the batch, in one process each.

Blobs are read raw: no filter, no conversion, nothing of the operator's configuration or work tree plays a part. File
names are bytes in git; as words they are NFC text, and bytes that are not UTF-8 are percent-escaped.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.text import msg
from gonogo_policies.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gonogo_agents.git import Git

LINK = "120000"
SUBMODULE = "160000"
REGULAR = "100"
"""What the mode of a regular file begins with."""
ID = len("100644 blob ")


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One entry of a commit's tree."""

    path: str
    """As words (:func:`path_text`)."""
    raw: bytes
    """As git has it."""
    blob: str
    """Object id; of a submodule, its commit."""
    mode: str
    size: int
    """Bytes; 0 for a submodule."""

    @property
    def regular(self) -> bool:
        """Whether it is a file with content, not a link and not a submodule."""
        return self.mode not in {LINK, SUBMODULE}


def path_text(raw: bytes) -> str:
    """A file name as NFC text; each byte that is not UTF-8 stands as ``%FF``."""
    words = raw.decode(errors="surrogateescape")
    if not words.isascii():
        words = unicodedata.normalize("NFC", words)
        words = "".join(f"%{ord(sign) - 0xDC00:02X}" if 0xDC80 <= ord(sign) <= 0xDCFF else sign for sign in words)  # noqa: PLR2004 - PEP 383's range
    return words


def path_fields(raw: bytes, name: str = "path") -> dict[str, str]:
    """``{name: text}``, and ``raw_hex`` where the text is not the name's own bytes."""
    words = path_text(raw)
    return {name: words} if words.encode() == raw else {name: words, "raw_hex": raw.hex()}


def list_tree(git: Git, commit: str, *paths: str) -> tuple[TreeFile, ...]:
    """The files of ``commit``, all of them, or those directly at or in ``paths`` (a folder ends in ``/``)."""
    options = ("-r",) if not paths else ()
    out = git("ls-tree", *options, "-z", "-l", "--full-tree", commit, "--", *paths)
    return tuple(_entry(record) for record in out.split(b"\0") if record and b" tree " not in record[:12])


def list_names(git: Git, commit: str) -> Listing:
    """The regular files of ``commit`` by name. Sizes are not asked: git would look each object up for them."""
    return read_names(git("ls-tree", "-r", "-z", "--full-tree", commit))


def read_names(listed: bytes) -> Listing:
    """What ``git ls-tree -r -z`` printed: ``100644 blob ID<tab>NAME<nul>`` for each regular file."""
    text = os.fsdecode(listed)
    lines = [line for line in text.split("\0") if line.startswith(REGULAR)]
    at = lines[0].index("\t") + 1 if lines else 0  # the same in all of them: a repository's ids have one length
    if text.isascii():
        return Listing({line[at:]: line[ID : at - 1] for line in lines})
    blobs: dict[str, str] = {}
    odd: dict[str, str] = {}
    for line in lines:
        name = line[at:]
        words = name if name.isascii() else path_text(os.fsencode(name))
        blobs[words], odd[words] = line[ID : at - 1], name  # of two names with the same words, the last
    return Listing(blobs, {words: name for words, name in odd.items() if words != name})


def read_blobs(git: Git, ids: Iterable[str]) -> dict[str, bytes]:
    """The bytes of each blob, by id, in one process. Raises Inconclusive OBJECT_MISSING for what is not there."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    out = git("cat-file", "--batch", "--buffer", stdin="\n".join(wanted).encode() + b"\n", timeout=600.0)
    blobs: dict[str, bytes] = {}
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        head = out[at:end].split(b" ")
        if len(head) != 3 or not head[2].isdigit():  # noqa: PLR2004 - id, type, size
            raise missing(head[0].decode(errors="replace"))
        size = int(head[2])
        blobs[head[0].decode()] = out[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    if len(blobs) != len(wanted):
        raise missing(next(name for name in wanted if name not in blobs))
    return blobs


def missing(name: str) -> Inconclusive:
    """An object that the commit names is not on this machine (partial clone, damaged repository)."""
    return Inconclusive(
        "OBJECT_MISSING",
        msg("Object {id} of the commit is not in this repository.", id=name[:40]),
        next_step=msg("Fetch it (in a partial clone: git fetch --refetch --no-filter), then look with: git fsck"),
    )


def blob_at(git: Git, commit: str, path: str) -> TreeFile:
    """The file at ``path`` of ``commit``. Raises BadInput PATH_NOT_IN_COMMIT."""
    found = [entry for entry in list_tree(git, commit, path) if entry.raw == path.encode()]
    if not found:
        raise BadInput(
            "PATH_NOT_IN_COMMIT",
            msg("Commit {commit} has no file {path}.", commit=commit[:12], path=path),
        )
    return found[0]


def file_at(git: Git, commit: str, path: str) -> bytes | None:
    """The bytes of a regular file of ``commit``, or None."""
    for entry in list_tree(git, commit, path):
        if entry.regular and entry.path == path:
            return read_blobs(git, [entry.blob])[entry.blob]
    return None


def find_lfs_pointers(git: Git, files: Sequence[TreeFile]) -> tuple[str, ...]:
    """Paths whose blob is a Git LFS pointer (specification v1: under 1024 bytes, first line names the version)."""
    small = [entry for entry in files if entry.regular and 100 <= entry.size < 1024]  # noqa: PLR2004 - the specification's sizes
    blobs = read_blobs(git, (entry.blob for entry in small))
    return tuple(entry.path for entry in small if blobs[entry.blob].startswith(b"version https://git-lfs"))


def alternate(folder: Path) -> bytes:
    """The content of ``objects/info/alternates`` that names ``folder``; a name with a newline is quoted as C does."""
    name = os.fsencode(folder)
    if b"\n" in name:
        name = b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
    return name + b"\n"


def _entry(record: bytes) -> TreeFile:
    head, _, raw = record.partition(b"\t")
    mode, _, blob, size = head.split()
    return TreeFile(path_text(raw), raw, blob.decode(), mode.decode(), int(size) if size.isdigit() else 0)
