"""Keys that count no longer: ``revoked_keys``, a list that ``ssh-keygen -Y verify -r`` takes as well.

A line is a public key. A word ``since=YYYY-MM-DDTHH:MM:SSZ`` behind it says from when on; without one the key never
counted. What decides is when a decision was committed, not when the signer says that they signed: whoever has the key
can write any time into a statement. (``ssh-keygen`` does not read ``since``; to it the key never counted.)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput
from gonogo_evidence.sshwire import Malformed, PublicKey
from gonogo_evidence.statement_fields import parse_time
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gonogo_evidence.allowed_signers import Signer

SINCE: Final = "since="
ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


def parse(text: bytes, *, where: str) -> dict[PublicKey, datetime]:
    """From each revoked key to the aware time (UTC) from which on it does not count. The earliest line wins.

    Raises:
        BadInput: ``REVOKED_LINE``, with file and line: a list that is half read would let a stolen key sign.
    """
    found: dict[PublicKey, datetime] = {}
    for number, raw in enumerate(text.split(b"\n"), start=1):
        line = raw.strip(b" \t\r")
        if line and not line.startswith(b"#"):
            try:
                key, since = _read(line.decode())
            except (ValueError, Malformed) as error:
                raise _bad(
                    f"{where}:{number}", msg("This is no public key with a time: {why}.", why=str(error))
                ) from error
            found[key] = min(since, found.get(key, since))
    return found


def revoke(signers: Iterable[Signer], revoked: Mapping[PublicKey, datetime]) -> tuple[Signer, ...]:
    """The same signers; those whose key is revoked know from when on."""
    return tuple(replace(signer, revoked=revoked.get(signer.key)) for signer in signers)


def _read(line: str) -> tuple[PublicKey, datetime]:
    key = PublicKey.from_line(line)
    times = [word.removeprefix(SINCE) for word in line.split()[2:] if word.startswith(SINCE)]
    if len(times) > 1:
        raise Malformed("it has two times")
    return key, parse_time(times[0]) if times else ALWAYS


def _bad(where: str, what: Text) -> BadInput:
    step = msg("A line reads: {line}", line=f"ssh-ed25519 AAAA... {SINCE}2026-12-31T23:59:59Z")
    return BadInput("REVOKED_LINE", what, where=where, next_step=step)
