"""A night beside the last one and beside the last signed run of each layer: verdict, gates, durations, core digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gonogo.nightly.play import gates_of
from gonogo_agents.render.safe import plain
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.files import read_brought, read_bytes
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gonogo.nightly.night import LayerNight, Night
    from gonogo_agents.texts import Translator
    from gonogo_graph.session import Session

SCHEMA: Final = "gonogo/nightly/v1"
LIMIT: Final = 16 * 1024 * 1024
MOST_NIGHTS: Final = 30
"""Nights that are kept for the picture."""
SLOWER: Final = 1.5
NOTICED_MS: Final = 2000
"""A gate is told as slower where it took 1.5 times as long and this much more."""
UNREADABLE: Final = "UNREADABLE"
"""For the verdict of a decided run whose pack this machine cannot read any more: a night says that it was there."""
DOCS: Final = "docs-reference-targets-gate"


class _Model(BaseModel):
    """Read from a file that another night wrote: keys are only ever added, so unknown ones are passed over."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class GateThen(_Model):
    """One gate of an earlier run."""

    name: str
    verdict: str
    milliseconds: int = 0


class RunThen(_Model):
    """One layer's earlier run."""

    layer_id: str
    run_id: str | None = None
    verdict: str
    core_digest: str | None = None
    milliseconds: int = 0
    gates: tuple[GateThen, ...] = ()
    commit: str = ""
    decision: str | None = None


class NightPoint(_Model):
    """One night in the picture."""

    started: str
    verdict: str
    milliseconds: int
    link_debt: int | None = None


class NightThen(_Model):
    """The document of an earlier night, as far as it is compared."""

    schema_: str = Field(alias="schema")
    commit: str
    started: str
    layers: tuple[RunThen, ...]
    history: tuple[NightPoint, ...] = ()


def read_night(path: Path, *, brought: bool) -> NightThen:
    """Read ``night.json`` of an earlier night. Raises ``BadInput`` ``NIGHT_UNREADABLE``."""
    data = (read_brought if brought else read_bytes)(path, limit=LIMIT)
    try:
        found = NightThen.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise unreadable(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if found.schema_ != SCHEMA:
        raise unreadable(path, "schema")
    return found


def unreadable(path: Path, reason: str) -> BadInput:
    """The error for a file that is no document of a night."""
    return BadInput(
        "NIGHT_UNREADABLE",
        msg("This is not the document of a night: {reason}.", reason=plain(reason)),
        where=str(path),
        next_step=msg("Name the night.json of an earlier night, or leave --last-night out."),
    )


def last_signed(session: Session, layer: str, say: Translator) -> RunThen | None:
    """The newest run of a layer that this ledger has as decided; None where there is none."""
    rows = (row for row in session.store.runs(["COMMITTED"], limit=200) if row.layer_id == layer)
    row = next(rows, None)
    if row is None or row.pack_id is None:
        return None
    pack = session.places.run(session.context(row).run_id).packs / row.pack_id
    try:
        gates = gates_of(pack, say)
        verdict = str(row.verdict)
    except (GonogoError, KeyError, TypeError, ValueError, AttributeError):
        gates, verdict = (), UNREADABLE
    return RunThen(
        layer_id=layer,
        run_id=row.run_id,
        verdict=verdict,
        core_digest=row.core_digest,
        commit=row.git_ref,
        decision=row.decision,
        gates=tuple(GateThen(name=gate.name, verdict=gate.verdict, milliseconds=gate.milliseconds) for gate in gates),
    )


def changes(now: LayerNight, then: RunThen, commit: str) -> Iterator[Text]:
    """What differs from an earlier run, most important first; nothing where all is as it was."""
    if now.verdict != then.verdict:
        yield msg("verdict {now}, was {then}", now=now.verdict, then=plain(then.verdict))
    before = {gate.name: gate for gate in then.gates}
    for gate in now.gates:
        was = before.pop(gate.name, None)
        if was is None:
            yield msg("{gate}: {now}, was not there", gate=gate.name, now=gate.verdict)
        elif was.verdict != gate.verdict:
            yield msg("{gate}: {now}, was {then}", gate=gate.name, now=gate.verdict, then=plain(was.verdict))
    for name in before if now.gates else ():
        yield msg("{gate} is not there any more", gate=plain(name))
    yield from _core(now, then, commit)
    for gate in now.gates:
        was = next((one for one in then.gates if one.name == gate.name), None)
        if was and gate.milliseconds > was.milliseconds * SLOWER and gate.milliseconds - was.milliseconds > NOTICED_MS:
            yield msg(
                "{gate} took {now} ms, was {then} ms", gate=gate.name, now=gate.milliseconds, then=was.milliseconds
            )


def _core(now: LayerNight, then: RunThen, commit: str) -> Iterator[Text]:
    if now.core_digest is None or then.core_digest is None or then.commit != commit:
        return
    if now.core_digest == then.core_digest:
        yield msg("same commit, same core: reproduced bit for bit")
    else:
        yield msg("same commit, another core: gonogo reproduce says what differs")


def link_debt(night: Night) -> int | None:
    """Findings of the gate over references in documents, of the layer where there are most; None where none looked."""
    looked = [
        len(gate.findings)
        for layer in night.layers
        for gate in layer.gates
        if gate.name == DOCS and gate.verdict in {"PASS", "FAIL"}
    ]
    return max(looked, default=None)


def history(night: Night, last: NightThen | None) -> Sequence[NightPoint]:
    """The nights of the picture, oldest first, this one last."""
    point = NightPoint(
        started=night.started, verdict=night.verdict, milliseconds=night.milliseconds, link_debt=link_debt(night)
    )
    return [*(last.history if last else ()), point][-MOST_NIGHTS:]
