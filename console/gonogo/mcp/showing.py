"""What the server's resources show of a run: card, pack, timeline; and the published schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo.cli.runs import CARD_LIMIT, pack_path
from gonogo_evidence import schema as schemas
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_graph.hold_names import CARDS
from gonogo_graph.play import results_so_far
from gonogo_graph.reseed import seed
from gonogo_graph.said import said
from gonogo_graph.session import open_session
from gonogo_graph.table import DUTIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo.mcp.desk import ChatDesk

MANIFEST: Final = "manifest-sha256.txt"


def card(desk: ChatDesk, run: str) -> str:
    """The card in English; data, whoever reads it."""
    return _sealed(desk, run, f"review/{CARDS['en']}")


def pack(desk: ChatDesk, run: str) -> str:
    """The pack's manifest as JSON: path to digest."""
    lines = (line.split(None, 1) for line in _sealed(desk, run, MANIFEST).splitlines())
    return json.dumps({"schema": "gonogo/chat-pack/v1", "files": {path: digest for digest, path in lines}})


def timeline(desk: ChatDesk, run: str) -> str:
    """Duties with verdict and who spoke, and the attempts that were refused."""
    with open_session(desk.world, desk.repo) as session:
        context = session.context(session.find(run))
        results = cast("Mapping[str, Mapping[str, Any]]", results_so_far(context, seed(context, whole=True)))
        duties = [
            {
                "duty": duty.number,
                "step": duty.step,
                "role": duty.role,
                "verdict": results[duty.writes]["verdict"] if duty.writes in results else None,
                "by": (said(context, duty) or {}).get("by"),
            }
            for duty in DUTIES
        ]
        refused = [{"at": one.at, "code": one.code, "what": one.what} for one in session.store.refusals(context.run_id)]
    return json.dumps({"schema": "gonogo/chat-timeline/v1", "duties": duties, "refused": refused})


def schema(name: str) -> str:
    """A published schema. Raises ``BadInput`` SCHEMA_UNKNOWN."""
    if name not in schemas.NAMES:
        known = ", ".join(schemas.NAMES)
        raise BadInput(
            "SCHEMA_UNKNOWN", msg("There is no schema {name}; there are {known}.", name=ascii(name), known=known)
        )
    return json.dumps(schemas.load(name))


def _sealed(desk: ChatDesk, run: str, name: str) -> str:
    with open_session(desk.world, desk.repo) as session:
        row = session.find(run)
        folder: Path | None = pack_path(session, row)
        if folder is None or not (folder / name).exists():
            raise BadInput(
                "PACK_NOT_SEALED",
                msg("The run is not sealed yet; there is nothing to show."),
                where=row.run_id,
                next_step=msg("Ask gonogo_status which role is due."),
            )
        return read_bytes(folder / name, limit=CARD_LIMIT).decode("utf-8", "replace")
