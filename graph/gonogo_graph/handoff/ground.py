"""Why what was measured elsewhere is believed: a digest that was named, an engine that is known, or a run of our own.

A re-run vouches for the core. What the core does not hold, it vouches for by what it found itself: no hand-over may
claim a smaller change, a stronger isolation or a closer fence than the run made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical, dsse
from gonogo_evidence.errors import Refused
from gonogo_evidence.files import read_bytes
from gonogo_evidence.seal import CORE, ENVIRONMENT
from gonogo_evidence.text import msg
from gonogo_evidence.verify.duties import STRENGTH
from gonogo_graph.asked import SMOKE
from gonogo_graph.engine import engine_public_keys
from gonogo_graph.proof import CORE_LIMIT
from gonogo_graph.reproduce import reproduce
from gonogo_policies.results import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import Progress
    from gonogo_graph.handoff.letter import Letter
    from gonogo_graph.session import Session

FENCED: Final = "fenced"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the importer goes by: why what was measured elsewhere should be believed. One of three is needed."""

    digest: str | None = None
    """Of the file, from where its export printed it: 64 hex digits, with or without ``sha256:`` before."""
    engine_keys: Sequence[Ed25519PublicKey] = ()
    """Engines that the importer trusts, besides those of the trust store."""
    again: bool = False
    """Run it again here: compare the core byte for byte, and take nothing else for more than the run made here."""


def vouched(
    session: Session, pack: Path, engine: Ed25519PublicKey, ground: Ground, said: Letter, progress: Progress
) -> None:
    """Raise Refused ``HANDOFF_UNVOUCHED`` or ``HANDOFF_NOT_REPRODUCED`` where no ground holds."""
    known = {dsse.key_id(key) for key in (*engine_public_keys(session.places), *ground.engine_keys)}
    if ground.digest is not None or dsse.key_id(engine) in known:
        return
    if not ground.again:
        raise Refused(
            "HANDOFF_UNVOUCHED",
            msg("Nobody who is known here vouches for what was measured: anybody can write such a file."),
            where=dsse.key_id(engine),
            next_step=msg("Name one ground: --digest, as the export printed it, --engine-key FILE, or --reproduce"),
        )
    around = canonical.loads_object(read_bytes(pack / ENVIRONMENT, limit=CORE_LIMIT), limit=CORE_LIMIT)
    _only_measured(around)
    core = canonical.loads_object(read_bytes(pack / CORE, limit=CORE_LIMIT), limit=CORE_LIMIT)
    for base in (said.inputs.get("base"), core.get("base")):
        _no_smaller_change(session, str(said.inputs.get("git_ref")), base)
    made = reproduce(session, pack, progress)
    if not made.equal:
        raise _not_reproduced(made.file, str(made.difference.path if made.difference else ""))
    if claimed := next(claimed_more(around, made.around), ""):
        raise _not_reproduced(ENVIRONMENT, claimed)


def _only_measured(around: JSONObject) -> None:
    """A re-run vouches for the core of a smoke run: it asks no model, no forge, and replays what the file itself says.

    Raises:
        Refused: ``HANDOFF_UNVOUCHED``: what models or the forge said stands in the file, and nobody vouches for it.
    """
    seen = as_object(as_object(around.get("observed")).get("preflight_snapshot"))
    if around.get("mode") == SMOKE and "remote" not in seen:
        return
    raise Refused(
        "HANDOFF_UNVOUCHED",
        msg("Running it again vouches for what is measured here, and not for what models or the forge said elsewhere."),
        where=str(around.get("mode")),
        next_step=msg("Name another ground: --digest, as the export printed it, or --engine-key FILE"),
    )


def _no_smaller_change(session: Session, commit: str, base: JSON) -> None:
    """A base is the one that is found here, or lies before it: then the change covers more."""
    found, _ = session.repository.base_for(commit)
    if base is None or base == found:
        return
    if found is None or not session.repository.is_before(str(base), found):
        raise _not_reproduced("base", f"{base}, {found}")


def claimed_more(said: Mapping[str, JSON], made: Mapping[str, JSON]) -> Iterator[str]:
    """What an environment claims beyond that of the run made here: isolation, its layers, a gate's fence."""
    level, own = (str(one.get("isolation")) for one in (said, made))
    if level != own and (level not in STRENGTH or own not in STRENGTH or STRENGTH.index(level) > STRENGTH.index(own)):
        yield f"isolation: {level}, {own}"
    theirs, ours = ({str(layer) for layer in _list(one.get("layers"))} for one in (said, made))
    if theirs - ours:
        yield f"layers: {', '.join(sorted(theirs - ours))}"
    fences, own_fences = (_fences(one) for one in (said, made))
    for name in sorted(fences):
        if fences[name] == FENCED != own_fences.get(name):
            yield f"fence: {name}"


def _fences(around: Mapping[str, JSON]) -> dict[str, JSON]:
    gates = as_object(as_object(around.get("observed")).get("validation"))
    return {name: as_object(as_object(one).get("fence")).get("level") for name, one in gates.items()}


def _list(value: JSON) -> Sequence[JSON]:
    return value if isinstance(value, list | tuple) else ()


def _not_reproduced(what: str, where: str) -> Refused:
    return Refused(
        "HANDOFF_NOT_REPRODUCED",
        msg("Run again here, {file} is not what the hand-over says.", file=what),
        where=where,
        next_step=msg("Do not import it; make the run here."),
    )
