"""Step D of a run with models, without the rest of the loop: real repository, wire, record and duty."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from gonogo_agents.broker.evidence_verbs import EvidenceFolder
from gonogo_agents.broker.git_queries import change, own_store
from gonogo_agents.duties.execute import execute
from gonogo_agents.models.ledger import Ledger
from gonogo_agents.models.local import LocalModel
from gonogo_agents.models.room import ModelRoom, Seen
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_policies.packaged import packaged_config
from support.quick import quick_world
from support.states import result

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.duty import Result
    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext
    from support.desk import Desk


@dataclass
class Done:
    """What a step D left."""

    result: Result
    context: RunContext
    slept: list[float] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.context.folder.root

    @property
    def verdicts(self) -> dict[str, str]:
        """Each check's verdict."""
        return {name: check["verdict"] for name, check in self.checks.items()}

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        """Each check, by its id."""
        return {check["id"]: check for check in cast("list[dict[str, Any]]", self.result.value["checks"])}

    def says(self, name: str) -> str:
        """A check's words."""
        return str(self.checks[name]["text"]["text"])

    def calls(self) -> list[dict[str, Any]]:
        """The log of calls."""
        import json

        return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]


def layer_run(desk: Desk, *, mode: str = "live", layer: str = "L0", **options: Any) -> Done:  # noqa: ANN401 - see Options
    """Start a run and do its step D. Nothing of the loop around it is played."""
    world = quick_world(desk.environment())
    with open_session(world, desk.repo.path) as session, closing(LocalModel(world)) as local:
        context = start_run(
            Options(layer=layer, reason="a test", operator="ada", mode=mode, **options),
            world=world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        context.folder.create()
        return _step_d(context, local)


def step_d(context: RunContext) -> Done:
    """Do step D of a run once more, as a later leg does."""
    with closing(LocalModel(context.world)) as local:
        return _step_d(context, local)


def _mark(data: bytes) -> bytes:
    return sha256(data).digest()


def _step_d(context: RunContext, local: LocalModel) -> Done:
    from gonogo_agents.duties.plan_words import outputs_of

    inputs, folder = context.inputs, context.folder.root
    store = own_store(context.repository, folder / "store.git")
    changed = change(store, cast("str | None", inputs["base"]), str(inputs["git_ref"]), str(inputs["base_rule"]))
    ledger = Ledger(context.places.spending, context.world, context.run_id, str(inputs["layer_id"]))
    seen = Seen(lambda: changed, dict, _mark)
    room = ModelRoom(context.world, folder, inputs, context.repository, seen, ledger, local, heard=lambda _, __: None)
    evidence, slept = EvidenceFolder(folder), list[float]()
    desk = room.desk() if "asked" in inputs else None
    if desk is not None:
        desk.caller.sleep = slept.append

    def ask(verb: str, /, **arguments: JSON) -> JSON:
        if verb == "evidence.append":
            return evidence.append("ORCHESTRATOR", arguments)
        assert verb == "model.invoke"
        assert desk is not None
        return desk.invoke(arguments)

    plan = result(outputs=list(outputs_of(inputs)))
    return Done(execute({"inputs": inputs, "scope_plan": plan}, ask), context, slept)


def everything_below(folder: Path) -> bytes:
    """All bytes of all files, one after the other."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
