"""The engine keys that a trust store knows, ``engine/<key id>.pub``: one for each machine or key that ever sealed here.

A second machine's key, or one made anew, stands beside the first, so that older packs stay verifiable. To know a key no
longer, its file is removed. The single ``engine.pub`` of earlier stores is still read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence import dsse
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FOLDER: Final = "engine"
SINGLE: Final = "engine.pub"
END: Final = b"-----END PUBLIC KEY-----"
KEY_LIMIT: Final = 4096
MOST: Final = 1000
"""Keys that are read; a folder with more is no folder of ours."""


def known(trust: Path) -> tuple[Ed25519PublicKey, ...]:
    """Every engine key of the store, each once, by key id; none where there is no store.

    Raises:
        BadInput: ``ENGINE_PUBLIC_KEY_UNREADABLE`` with the file, ``ENGINE_KEYS_MANY``.
    """
    paths = sorted((trust / FOLDER).glob("*.pub"))
    if len(paths) > MOST:
        raise BadInput("ENGINE_KEYS_MANY", msg("{count} engine keys; {most} are read.", count=len(paths), most=MOST))
    single = trust / SINGLE
    found = {dsse.key_id(key): key for key in map(_read, [*([single] if single.exists() else []), *paths])}
    return tuple(found[name] for name in sorted(found))


def parse(data: bytes, *, where: str) -> tuple[Ed25519PublicKey, ...]:
    """The keys of a file that holds one PEM after the other. Raises as :func:`known`."""
    *keys, rest = data.split(END)
    if rest.strip() or not keys:
        raise BadInput("ENGINE_PUBLIC_KEY_UNREADABLE", msg("This is not an Ed25519 public key in PEM."), where=where)
    return tuple(_load(key.lstrip() + END, where) for key in keys)


def remember(trust: Path, public_pem: bytes) -> None:
    """Put a public key into an existing store, unless it is known there. What stands there stays."""
    key = dsse.load_public(public_pem)
    name = dsse.key_id(key)
    if not trust.is_dir() or name in {dsse.key_id(one) for one in known(trust)}:
        return
    folder = trust / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    write_atomic(folder / f"{name}.pub", public_pem, mode=0o600)


def _read(path: Path) -> Ed25519PublicKey:
    return _load(read_bytes(path, limit=KEY_LIMIT), str(path))


def _load(pem: bytes, where: str) -> Ed25519PublicKey:
    try:
        return dsse.load_public(pem)
    except BadInput as error:
        raise BadInput(error.code, error.what, where=where, next_step=error.next_step) from error
