"""Trust store and state folder know each other by place and by name, so that no variable can exchange one of them.

``XDG_CONFIG_HOME``, ``XDG_STATE_HOME``, ``GONOGO_HOME`` and ``HOME`` say where the two are looked for. Enrolling writes
a pin into each: the real place of the other, and an id that both share. From then on signers from another trust store
count for nothing in this ledger, and this trust store for nothing beside another ledger, whose single-use rows would
not be these. Whoever can write into both folders can write both pins: see ``docs/trust.md``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, IntegrityBroken, Refused
from gonogo_evidence.files import no_room, read_bytes, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_evidence.text import Text

SCHEMA: Final = "gonogo/pin/v1"
IN_STATE: Final = "trust-pin.json"
IN_TRUST: Final = "state-pin.json"
LIMIT: Final = 64 * 1024
URI: Final = "file://"
"""Places are kept as addresses of files: any name there is, in ASCII, and still to be read."""

Fit: TypeAlias = Literal["pinned", "unpinned", "half", "other-trust", "other-state"]


@dataclass(frozen=True, slots=True)
class Pin:
    """What one folder remembers of the other."""

    place: str
    """The other's real place: absolute, links followed."""
    id: str
    """Shared by the two, random."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A trust store and a state folder, as they were found now, and what each remembers."""

    trust: Path
    state: Path
    in_trust: Pin | None
    in_state: Pin | None

    @property
    def fit(self) -> Fit:
        """Whether they were enrolled together.

        ``half``: the places agree and one of the two has lost its pin, as after a crash or a state folder that was
        removed. ``unpinned``: neither has one; nobody is enrolled, or by a version without pins.
        """
        if self.in_state is not None and self.in_state.place != real(self.trust):
            return "other-trust"
        if self.in_trust is not None and self.in_trust.place != real(self.state):
            return "other-state"
        if self.in_trust is None and self.in_state is None:
            return "unpinned"
        if self.in_trust is None or self.in_state is None:
            return "half"
        return "pinned" if self.in_trust.id == self.in_state.id else "other-trust"


def real(folder: Path) -> str:
    """The folder's real place: absolute, links followed; it need not exist."""
    return os.path.realpath(folder)


def look(trust: Path, state: Path) -> Pair:
    """Read both pins. Raises :class:`IntegrityBroken` ``PIN_MALFORMED`` for one that is not ours."""
    return Pair(trust, state, _read(trust / IN_TRUST), _read(state / IN_STATE))


def check(trust: Path, state: Path, *, ledger: bool = True) -> None:
    """Refuse a trust store and a state folder that were not enrolled together.

    Args:
        trust: The trust store as it was found now.
        state: The state folder as it was found now.
        ledger: Whether the ledger has a part in what is asked. To look at a pack it has none: then only a trust store
            that is not the enrolled one is refused.

    Raises:
        Refused: ``TRUST_ELSEWHERE``, ``STATE_ELSEWHERE``, ``PIN_LOST``, with both places.
        IntegrityBroken: ``PIN_MALFORMED``.
    """
    pair = look(trust, state)
    if pair.fit in {"pinned", "unpinned"} or (not ledger and pair.fit != "other-trust"):
        return
    code = {"other-trust": "TRUST_ELSEWHERE", "other-state": "STATE_ELSEWHERE", "half": "PIN_LOST"}[pair.fit]
    # To enrol again is the operator's, at a terminal: the command asks there, and only there.
    raise Refused(code, said(pair), where=real(trust), next_step=msg("gonogo init"))


def said(pair: Pair) -> Text:
    """What is wrong between the two, for the operator."""
    if pair.fit == "other-trust" and pair.in_state is not None:
        return msg(
            "This ledger was enrolled with the trust store {pinned}; the environment now leads to {found}.",
            pinned=pair.in_state.place,
            found=real(pair.trust),
        )
    if pair.fit == "other-state" and pair.in_trust is not None:
        return msg(
            "This trust store was enrolled with the ledger in {pinned}; the environment now leads to {found}.",
            pinned=pair.in_trust.place,
            found=real(pair.state),
        )
    return msg(
        "Trust store and ledger no longer know each other: one of {trust} and {state} was removed or replaced.",
        trust=real(pair.trust),
        state=real(pair.state),
    )


def pin(trust: Path, state: Path, token: str) -> None:
    """Write both pins, the state's first: what a crash leaves is ``half``, which is refused and can be mended.

    Args:
        trust: The trust store; it exists.
        state: The state folder; it is made where it is missing.
        token: The id that both will share, fresh and random.
    """
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise no_room(error, state) from error
    write_atomic(state / IN_STATE, _form(Pin(real(trust), token)), mode=0o600)
    write_atomic(trust / IN_TRUST, _form(Pin(real(state), token)), mode=0o600)


def _form(found: Pin) -> bytes:
    return canonical.dumps({"id": found.id, "place": Path(found.place).as_uri(), "schema": SCHEMA})


def _read(path: Path) -> Pin | None:
    try:
        data = read_bytes(path, limit=LIMIT)
    except BadInput as error:
        if error.code == "FILE_NOT_FOUND":
            return None
        raise
    try:
        match canonical.loads(data, limit=LIMIT):
            case {"id": str(name), "place": str(place), "schema": str(schema), **more} if (
                schema == SCHEMA and name and place.startswith(URI) and not more
            ):
                return Pin(os.fsdecode(unquote_to_bytes(place.removeprefix(URI))), name)
            case _:
                pass
    except IntegrityBroken:
        pass
    raise IntegrityBroken("PIN_MALFORMED", msg("This is not a pin that gonogo init wrote."), where=str(path))
