"""The signed result of a drill: made with a key of this installation's drills, and found again for who signs a run.

The key is an engine's, apart from that of every repository; its public half lies in the trust store ``drills``. It says
"this installation scored that"; who can read the state folder can say so too.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo_evidence import canonical, drill_result
from gonogo_evidence.drill_result import DrillResult
from gonogo_graph.engine import engine_public_keys, signer
from gonogo_graph.places import Places
from gonogo_policies.trust_store import DRILLS, make_store, trust_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo.drills.session import Session
    from gonogo_agents.world import World

NOBODY = "-"


def home(world: World) -> Path:
    """Where drills are kept: beside the state of all repositories."""
    named = world.env.get("GONOGO_HOME", "")
    state = Path(named).absolute() if named else world.home("XDG_STATE_HOME", ".local/state") / "gonogo"
    return state / "drills"


def encoded(card: dict[str, Any]) -> bytes:
    """The scorecard's bytes."""
    return (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode()


def sign_result(world: World, session: Session) -> bytes:
    """The engine's envelope over what the drill came to."""
    places = _places(world)
    make_store(trust_folder(places.config_home, DRILLS))
    return signer(places)(_result(session).to_bytes())


def drill_keys(world: World) -> Sequence[Ed25519PublicKey]:
    """The public keys of this installation's drills."""
    return engine_public_keys(_places(world))


def results(sessions: Iterable[Session], keys: Sequence[Ed25519PublicKey]) -> list[tuple[DrillResult, Session]]:
    """What was scored and signed. Raises IntegrityBroken where an envelope is not what the key signed."""
    return [(drill_result.verified(one.signed.encode(), keys), one) for one in sessions if one.signed]


def _result(session: Session) -> DrillResult:
    card = session.scored
    return DrillResult(
        drill_id=session.drill,
        seed=session.seed,
        difficulty=session.difficulty,
        session=session.session,
        operator=session.operator,
        validator=card["validator"] or NOBODY,
        verdict=card["verdict"],
        timebox=card["timebox"],
        started=datetime.fromisoformat(session.started),
        ended=datetime.fromisoformat(card["ended"]),
        scorecard=canonical.digest_of(encoded(card)),
    )


def _places(world: World) -> Places:
    return Places(home(world), world.home("XDG_CONFIG_HOME", ".config"), DRILLS)
