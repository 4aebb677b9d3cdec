"""Message authentication of what this installation wrote for itself: checkpoints, the index's run rows, results.

The key lies beside the engine's, outside both databases: who edits a row there cannot write the MAC that fits it. It
says "this installation wrote that", to this installation; it proves nothing to anybody else, and nothing against
whoever can read the state folder's key files (OWASP AISVS 9.4.5: persisted agent state is rejected on mismatch).
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gonogo_evidence.errors import IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_graph.store.database import unusable

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.world import World

Part: TypeAlias = str | bytes | int | None

SIZE = 32
"""Bytes of a key and of a MAC (HMAC-SHA256)."""


@dataclass(frozen=True, slots=True)
class MacKey:
    """The key, and the two things that can be done with it."""

    secret: bytes
    fresh: bool = False
    """Whether it was made just now: what an earlier version wrote cannot have a MAC then."""

    def of(self, kind: str, *parts: Part) -> bytes:
        """The MAC of these parts, of this kind; each part is framed, so that no two lists of parts read the same."""
        return hmac.digest(self.secret, b"".join(map(_framed, (kind, *parts))), "sha256")

    def fits(self, mac: object, kind: str, *parts: Part) -> bool:
        """Whether ``mac`` is the MAC of these parts. An absent one fits nothing."""
        return isinstance(mac, bytes) and hmac.compare_digest(mac, self.of(kind, *parts))


def mac_key(path: Path, world: World) -> MacKey:
    """The key of this installation and repository, made on first use with mode 0600.

    Raises:
        Refused: ``STATE_KEY_OPEN``: others can read it.
        IntegrityBroken: ``STATE_KEY_MALFORMED``.
    """
    fresh = not path.exists() and _make(path, bytes.fromhex(world.token(SIZE)))
    if path.stat().st_mode & 0o077:
        raise Refused(
            "STATE_KEY_OPEN",
            msg("Others can read the key that authenticates the state of runs."),
            where=str(path),
            next_step=msg("chmod 600 {path}", path=str(path)),
        )
    secret = read_bytes(path, limit=SIZE)
    if len(secret) != SIZE:
        raise IntegrityBroken(
            "STATE_KEY_MALFORMED",
            msg("The key that authenticates the state of runs is not one: it was changed."),
            where=str(path),
            next_step=msg("Put it back from a copy; without it no run that has begun can go on."),
        )
    return MacKey(secret, fresh)


def _make(path: Path, secret: bytes) -> bool:
    """Two first runs at once: one key wins, never two."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise unusable(error, path.parent) from error
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    write_atomic(fresh, secret, mode=0o600)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def _framed(part: Part) -> bytes:
    if isinstance(part, str):
        data = part.encode("utf-8", "surrogateescape")
        return b"s%d:%b" % (len(data), data)
    if isinstance(part, bytes):
        return b"b%d:%b" % (len(part), part)
    return b"n" if part is None else b"i%d;" % part
