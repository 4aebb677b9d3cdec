"""``gonogo attack``: every known bypass, mounted for real on a throw-away copy of the operator's configuration."""

from gonogo.attacks.build import stage_of
from gonogo.attacks.interface import FAMILIES, Attack, Outcome, Result, Seat, seat_at
from gonogo.attacks.registry import ATTACKS
from gonogo.attacks.run import mount
from gonogo.attacks.witness import changed_since, seen_now

__all__ = [
    "ATTACKS", "FAMILIES", "Attack", "Outcome", "Result", "Seat", "changed_since", "mount", "seat_at", "seen_now",
    "stage_of",
]  # fmt: skip
