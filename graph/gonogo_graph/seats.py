"""Who played a run's roles: kept in the run's folder, since a run can take several legs, each with its own workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_agents.confine import LAYERS, weakest
from gonogo_agents.evidence_port import Hired
from gonogo_evidence import canonical
from gonogo_evidence.files import read_bytes, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_agents.confine import Level
    from gonogo_agents.workers import Seat
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext

LIMIT = 16 * 1024 * 1024


def remember(context: RunContext, seat: Seat) -> None:
    """Write down who plays a role, once for each worker."""
    entry: dict[str, JSON] = {
        "role": seat.role,
        "level": seat.level,
        "key": seat.key,
        "layers": dict(seat.layers),
        "tried": dict(seat.tried),
    }
    known, line = _lines(context), canonical.dumps(entry)
    if line not in known:
        write_atomic(context.folder.seats, b"".join(one + b"\n" for one in (*known, line)))


def seats(context: RunContext) -> list[JSONObject]:
    """All of them so far, in the order in which they came."""
    return [canonical.loads_object(line) for line in _lines(context)]


def _lines(context: RunContext) -> list[bytes]:
    path = context.folder.seats
    return read_bytes(path, limit=LIMIT).splitlines() if path.exists() else []


def hired(context: RunContext, fields: Iterable[str]) -> Hired:
    """What the workers of these duties left: their envelopes, and all workers so far."""
    places = {field: context.folder.envelope(field) for field in fields}
    there = {field: read_bytes(path, limit=LIMIT) for field, path in places.items() if path.exists()}
    return Hired(there, [*seats(context)])


def isolation(context: RunContext) -> JSONObject:
    """What was proven of all of them together: the weakest one's level, and the layers that every one had on."""
    found = seats(context)
    states = [cast("JSONObject", seat["layers"]) for seat in found]
    layers = [layer for layer in LAYERS if found and all(state.get(layer) == "on" for state in states)]
    return {"level": weakest(cast("Level", seat["level"]) for seat in found), "layers": layers}
