"""Checkpoints (C2SP tlog-checkpoint v1): which log, how many entries, and the root over them, signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import IntegrityBroken, Refused
from gonogo_evidence.index import note
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import RepositoryId
    from gonogo_evidence.index.note import Signer, VerifierKey

ROOT_BYTES: Final = 32
MAX_SIZE: Final = 2**53 - 1
EMPTY_ROOT: Final = hashlib.sha256().digest()
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself."""

    origin: str
    size: int
    """Entries."""
    root: bytes
    """The RFC 6962 root, 32 bytes."""
    extensions: tuple[str, ...] = ()
    """Further lines; kept, never used."""

    @property
    def text(self) -> str:
        """The lines that are signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    def sign(self, signers: Sequence[Signer]) -> bytes:
        """The checkpoint as a signed note."""
        return note.sign(self.text, signers)


def origin_of(key: VerifierKey, repository: RepositoryId) -> str:
    """The name of a new log: this installation (by the first key of its log) and the repository."""
    return f"gonogo/{hashlib.sha256(key.public.public_bytes_raw()).hexdigest()[:12]}/{repository}"


def parse(data: bytes) -> Checkpoint:
    """Read a checkpoint without believing it; the log itself must be among those who signed.

    Raises:
        IntegrityBroken: ``NOTE_MALFORMED`` or ``CHECKPOINT_MALFORMED``.
    """
    read = note.parse(data)
    lines = read.text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):  # noqa: PLR2004 - origin, size, root
        raise _malformed("origin, size and root are expected, each in a line of its own, and no empty line")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise _malformed("the size is a plain decimal number")
    if origin not in {name for name, _ in read.signatures}:
        raise _malformed("no line is signed in the name of the log itself")
    return Checkpoint(origin, int(size), _root(root, int(size)), tuple(extensions))


def verify(data: bytes, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    """Read a checkpoint that its log signed with one of ``keys``; None where no key is for this log.

    What others signed beside the log is not counted here.

    Raises:
        IntegrityBroken: malformed, or a signature that does not belong to it.
        Refused: ``NOTE_UNSIGNED``: there are keys for this log, and none of them signed.
    """
    read = parse(data)
    own = [key for key in keys if key.name == read.origin]
    if not own:
        return None
    note.verify(note.parse(data), own)
    return read


def require(data: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """As :func:`verify`; a log without a key is refused too: ``INDEX_KEY_UNKNOWN``."""
    read = verify(data, keys)
    if read is None:
        raise Refused(
            "INDEX_KEY_UNKNOWN",
            msg("No key that you brought is for this log: {origin}.", origin=parse(data).origin),
            next_step=msg("Bring the log's verifier key: --vkey FILE"),
        )
    return read


def _root(text: str, size: int) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("the root is base64") from error
    if len(root) != ROOT_BYTES or base64.b64encode(root).decode("ascii") != text:
        raise _malformed("the root has 32 bytes, in base64 in its one form")
    if size == 0 and root != EMPTY_ROOT:
        raise _malformed("an empty log has the root of nothing")
    return root


def _malformed(reason: str) -> IntegrityBroken:
    return IntegrityBroken("CHECKPOINT_MALFORMED", msg("This is not a checkpoint of a log: {reason}.", reason=reason))
