"""What the server's resources show of a run: card, pack, timeline; and the published schemas.

Card and manifest are for the operator, who decides by them: a server that plays one role shows neither. The timeline
shows such a server the duties whose fields its role may see, and no attempts of others.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo.cli.runs import CARD_LIMIT, pack_path
from gonogo.mcp.withheld import without_secrets
from gonogo_evidence import schema as schemas
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_graph.chat import record
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
    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext
    from gonogo_graph.table import Duty

MANIFEST: Final = "manifest-sha256.txt"


def card(desk: ChatDesk, run: str) -> str:
    """The card in English; data, whoever reads it."""
    return _sealed(desk, run, f"review/{CARDS['en']}")


def pack(desk: ChatDesk, run: str) -> str:
    """The pack's manifest as JSON: path to digest."""
    lines = (line.split(None, 1) for line in _sealed(desk, run, MANIFEST).splitlines())
    return json.dumps({"schema": "gonogo/chat-pack/v1", "files": {path: digest for digest, path in lines}})


def timeline(desk: ChatDesk, run: str) -> str:
    """Duties with verdict and who spoke, and the attempts that were refused: as JSON.

    ``limited_to`` names the role of a server that plays one: duties that it may not see have ``withheld``, and
    ``refused`` is null.
    """
    with open_session(desk.world, desk.repo) as session:
        context = session.context(session.find(run))
        results = cast("Mapping[str, Mapping[str, Any]]", results_so_far(context, seed(context, whole=True)))
        duties = [_entry(context, duty, desk.role, results) for duty in DUTIES]
        refused = [{"at": one.at, "code": one.code, "what": one.what} for one in session.store.refusals(context.run_id)]
    whole = {
        "schema": "gonogo/chat-timeline/v1",
        "limited_to": desk.role or None,
        "duties": duties,
        "refused": None if desk.role else refused,
    }
    shown, note = without_secrets(desk.world, cast("JSON", whole))
    return json.dumps({**cast("Mapping[str, JSON]", shown), **note})


def _entry(context: RunContext, duty: Duty, role: str, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    named = {"duty": duty.number, "step": duty.step, "role": duty.role}
    rights = cast("Mapping[str, Mapping[str, list[str]]]", context.inputs["roles"])
    if role and role != duty.role and duty.writes not in rights[role]["state_read"]:
        return {**named, "withheld": f"not in the scope of {role}"}
    verdict = results[duty.writes]["verdict"] if duty.writes in results else None
    return {**named, "verdict": verdict, "by": (said(context, duty) or {}).get("by")}


def schema(name: str) -> str:
    """A published schema. Raises ``BadInput`` SCHEMA_UNKNOWN."""
    if name not in schemas.NAMES:
        known = ", ".join(schemas.NAMES)
        raise BadInput(
            "SCHEMA_UNKNOWN", msg("There is no schema {name}; there are {known}.", name=ascii(name), known=known)
        )
    return json.dumps(schemas.load(name))


def _sealed(desk: ChatDesk, run: str, name: str) -> str:
    """A file of the sealed pack, for the operator. Raises CHAT_SCOPE_DENIED, PACK_NOT_SEALED."""
    with open_session(desk.world, desk.repo) as session:
        row = session.find(run)
        if desk.role:
            raise _operators(session.context(row), desk.role)
        folder: Path | None = pack_path(session, row)
        if folder is None or not (folder / name).exists():
            raise BadInput(
                "PACK_NOT_SEALED",
                msg("The run is not sealed yet; there is nothing to show."),
                where=row.run_id,
                next_step=msg("Ask gonogo_status which role is due."),
            )
        return read_bytes(folder / name, limit=CARD_LIMIT).decode("utf-8", "replace")


def _operators(context: RunContext, role: str) -> Refused:
    error = Refused(
        "CHAT_SCOPE_DENIED",
        msg("Card and pack are for the operator; {role} is shown neither.", role=role),
        where=context.run_id,
        next_step=msg("Ask gonogo_status what is due, or leave it to the operator."),
    )
    record(context, error)
    return error
