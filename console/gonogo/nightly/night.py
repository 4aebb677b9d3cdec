"""What a night is: what was asked, what each layer came to, and the verdict of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import worst

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo.gate_formats import GateOutcome
    from gonogo_evidence.verdict import GateVerdict, Verdict

State: TypeAlias = Literal["WAITS", "FORBIDDEN", "BROKE_OFF"]
"""At the hold point; a layer that no run may enter; or no run that waits: refused, failed, killed."""
EXITS: dict[Verdict, int] = {"PASS": 4, "FAIL": 1, "INCONCLUSIVE": 3}
"""4: every run passed and waits for its operator. A night that did not pass is never the colour of waiting."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the night is about."""

    layers: tuple[str, ...]
    reason: str
    operator: str
    mode: str
    commit: str
    base: str | None
    jobs: int
    """Runs at a time."""
    limit: float
    """Seconds of one run; after that it is killed, and can be resumed."""
    seed: int | None = None
    transcript: str | None = None
    """Where the replays of all layers answer from; None: each from the newest live run that this machine has."""


@dataclass(frozen=True, slots=True)
class LayerNight:
    """One layer's night."""

    layer: str
    name: str
    state: State
    verdict: GateVerdict
    reason: str
    """In words fit for any screen."""
    code: str = ""
    """Of the error that broke the run off."""
    exit_code: int = 4
    milliseconds: int = 0
    run_id: str | None = None
    pack: Path | None = None
    """In the state folder."""
    pack_id: str | None = None
    pack_digest: str | None = None
    core_digest: str | None = None
    recommendation: str | None = None
    gates: tuple[GateOutcome, ...] = ()
    handoff: tuple[str, str] | None = None
    """File below the output folder, and its digest, of a run that was handed over."""


@dataclass(frozen=True, slots=True)
class Night:
    """All layers of one night."""

    asked: Asked
    version: str
    started: str
    finished: str
    milliseconds: int
    layers: tuple[LayerNight, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The worst of the layers that may run; where none ran, nothing was shown: INCONCLUSIVE."""
        said: list[Verdict] = [one.verdict for one in self.layers if one.verdict != "NOT_APPLICABLE"]
        return worst(said) if said else "INCONCLUSIVE"

    @property
    def exit_code(self) -> int:
        """4 where all passed and wait, 1, 3; or what broke a run off, where that is worse than its verdict."""
        broke = {one.exit_code for one in self.layers if one.state == "BROKE_OFF"}
        grave = next((code for code in (6, 5, 2) if code in broke), None)
        return grave or EXITS[self.verdict]

    @property
    def reason(self) -> Text:
        """The verdict in a sentence."""
        waiting = sum(one.state == "WAITS" for one in self.layers)
        words = {"waiting": waiting, "layers": sum(one.state != "FORBIDDEN" for one in self.layers)}
        if not words["layers"]:
            return msg("No layer was chosen that may run: nothing was shown.")
        return msg("Runs that wait for the operator: {waiting} of {layers}.", **words)
