"""What a snapshot comes to for one commit and its required checks: a pure function, asked again by whoever verifies.

Success is a PASS. Skipped counts as one too, where another required check succeeded: the runbook's gates skip what does
not apply (section 6). Failed and cancelled are a FAIL; neutral, pending and missing are open, and so is everything
where the commit is another, or is not said, or nobody says which checks are required.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence.text import Text, msg
from gonogo_policies.results import as_object

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict

CHECK: Final = "A-REMOTE"
FAILS: Final = ("failure", "cancelled")
OPEN: Final = ("missing", "pending", "neutral")
ORDER: Final = (*FAILS, *OPEN, "skipped", "success")


@dataclass(frozen=True, slots=True)
class Remote:
    """The answer."""

    verdict: Verdict
    text: Text


def judge_remote(stored: JSONObject, commit: str) -> Remote:
    """Judge what was stored of a snapshot: ``commit``, ``whole``, ``checks`` and ``required``.

    Args:
        stored: as the inputs have it, from :meth:`Snapshot.json` with ``required`` beside it.
        commit: the run's.
    """
    checks, required = as_object(stored.get("checks")), stored.get("required")
    names = [str(one) for one in required] if isinstance(required, list) else []
    if not names:
        return Remote("INCONCLUSIVE", msg("Nobody says which remote checks are required."))
    if stored.get("commit") is None:
        return Remote("INCONCLUSIVE", msg("The snapshot does not say of which commit its checks are."))
    if stored.get("commit") != commit:
        other = str(stored.get("commit"))
        return Remote("INCONCLUSIVE", msg("The remote checks are of another commit: {commit}.", commit=other[:12]))
    states = {name: _state(checks.get(name)) for name in names}
    told = {state: [name for name in names if states[name] == state] for state in ORDER}
    words = "; ".join(f"{state}: {', '.join(found)}" for state, found in told.items() if found)
    text = msg("Remote checks of this commit: {words}.", words=words)
    return Remote(_verdict(set(states.values()), whole=stored.get("whole") is True), text)


def _verdict(seen: AbstractSet[str], *, whole: bool) -> Verdict:
    if seen & set(FAILS):
        return "FAIL"
    return "PASS" if whole and "success" in seen and seen <= {"success", "skipped"} else "INCONCLUSIVE"


def _state(stored: JSON) -> str:
    return str(stored) if stored in ORDER else "missing"


def remote_of(environment: JSONObject, commit: str) -> Verdict | None:
    """The verdict over what a sealed pack holds of a snapshot, made again; None where it holds none."""
    observed = as_object(as_object(environment.get("observed")).get("preflight_snapshot"))
    stored = observed.get("remote")
    return judge_remote(stored, commit).verdict if isinstance(stored, dict) else None
