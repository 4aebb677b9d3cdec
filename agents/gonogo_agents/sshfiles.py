"""SSH key files: the public line, and what a private file tells without its secret (is it encrypted, whose is it)."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_evidence.files import read_bytes
from gonogo_evidence.sshwire import Malformed, PublicKey, Reader
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_MAGIC = b"openssh-key-v1\0"
_OPENSSH = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----")


def read_public_file(path: Path) -> tuple[PublicKey, str]:
    """Read a ``.pub`` file: key and comment. Raises :class:`BadInput` ``KEY_MISSING`` or ``PUBLIC_KEY_UNREADABLE``."""
    data = _read(path)
    if b"PRIVATE KEY" in data:
        raise BadInput(
            "PRIVATE_KEY_GIVEN",
            msg("This is a private key where a public one is expected."),
            where=str(path),
            next_step=msg("Name the file beside it that ends in .pub."),
        )
    line = data.decode("utf-8", "replace").strip()
    try:
        return PublicKey.from_line(line), " ".join(line.split()[2:])
    except Malformed as error:
        raise BadInput(
            "PUBLIC_KEY_UNREADABLE",
            msg("This is not a public key that can sign: {reason}.", reason=str(error)),
            where=str(path),
            next_step=msg("Make one: ssh-keygen -t ed25519"),
        ) from error


def looks_private(path: Path) -> bool:
    """Whether the file holds a private key. Raises as :func:`is_encrypted`."""
    return b"PRIVATE KEY-----" in _read(path)


def is_encrypted(private_file: Path) -> bool | None:
    """Whether a private key needs a passphrase, from the header that is not secret; None where the form is not known.

    Raises:
        BadInput: ``KEY_MISSING`` or ``KEY_UNREADABLE``.
    """
    data = _read(private_file)
    header = _header(data)
    if header is not None:
        return header[0] != "none"
    if b"BEGIN ENCRYPTED PRIVATE KEY" in data or b"Proc-Type: 4,ENCRYPTED" in data:
        return True
    return False if b"PRIVATE KEY-----" in data else None


def public_inside(private_file: Path) -> PublicKey | None:
    """Return the public key that a private file in OpenSSH's own form carries in the clear; None for another form."""
    header = _header(_read(private_file))
    return header[1] if header else None


def check_private_mode(path: Path) -> None:
    """Refuse a private key of ours that others can read, as ssh itself does (``KEY_MODE_OPEN``)."""
    status = path.stat()
    if status.st_uid == os.getuid() and status.st_mode & OTHERS:
        raise Refused(
            "KEY_MODE_OPEN",
            msg("Others can read this private key; ssh does not use it."),
            where=str(path),
            next_step=msg("chmod 600 {path}", path=str(path)),
        )


def _header(data: bytes) -> tuple[str, PublicKey] | None:
    found = _OPENSSH.search(data)
    if found is None:
        return None
    try:
        blob = base64.b64decode(b"".join(found[1].split()), validate=True)
        reader = Reader(blob)
        if reader.take(len(_MAGIC)) != _MAGIC:
            return None
        cipher = reader.text()
        reader.text()
        reader.string()
        if reader.uint32() != 1:
            return None
        return cipher, PublicKey.from_blob(reader.string())
    except (Malformed, binascii.Error):
        return None


def _read(path: Path) -> bytes:
    if not os.path.lexists(path):
        raise BadInput(
            "KEY_MISSING",
            msg("There is no such key file."),
            where=str(path),
            next_step=msg("Name a key with --key FILE, or make one: ssh-keygen -t ed25519"),
        )
    try:
        return read_bytes(path.resolve(), limit=MAX_BYTES)
    except GonogoError as error:
        raise BadInput(
            "KEY_UNREADABLE",
            msg("The key file cannot be read: {reason}", reason=str(error.what)),
            where=str(path),
        ) from error
