"""Ways to do a run wrong: of the repository, the settings, the inputs, what a duty hands on, or the world around it."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast
from unittest import mock

from gonogo_agents.duties.bodies import BODIES
from gonogo_agents.duty import Result
from gonogo_agents.workers import NoIsolation
from gonogo_evidence import canonical
from gonogo_graph.start import start_run
from support.desk import packaged
from support.quick import quick_world, run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from datetime import datetime
    from pathlib import Path

    from gonogo_agents.duty import Ask, DutyBody, View
    from gonogo_agents.world import Command, Completed, World
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext
    from support.repos import Files

Kind: TypeAlias = Literal["none", "repository", "settings", "input", "handed on", "code", "world"]


@dataclass(frozen=True, eq=False)
class Mutation:
    """One thing that is wrong, in words and in deed. Everything else of the run is as it always is."""

    kind: Kind
    what: str
    files: Files = field(default_factory=dict)
    """Committed after the sample's own change: the change under review is then this commit."""
    trust: Mapping[str, str] = field(default_factory=dict)
    """Files of the operator's trust store."""
    inputs: Callable[[JSONObject], JSONObject] | None = None
    """What becomes of the frozen inputs before step A."""
    after_start: Callable[[Path], object] | None = None
    """Done to the operator's repository between the start of the run and step A."""
    duty: tuple[str, Callable[[DutyBody], DutyBody]] | None = None
    """The field of a duty, and what is put around its body."""
    patch: tuple[str, object] | None = None
    """A name in the code, and what stands there instead."""
    before_rebuild: Callable[[Path], object] | None = None
    """Done to the run's folder when the pack is sealed, before fresh processes look at it."""
    clock: Callable[[Callable[[], datetime]], Callable[[], datetime]] | None = None

    @contextmanager
    def in_force(self) -> Generator[None, None, None]:
        """While this holds, the inputs, the duty or the name is the wrong one."""
        with ExitStack() as stack:
            stack.enter_context(mock.patch("gonogo_graph.start.start_run", self._start))
            for door in ("gonogo_graph.drive.open_crew", "gonogo_agents.workers.open_crew"):
                # what is wrong is in this process, and so are the duties
                stack.enter_context(mock.patch(door, side_effect=lambda _: nullcontext(NoIsolation())))
            if self.duty is not None:
                name, around = self.duty
                wrong = {name: around(BODIES[name])}
                stack.enter_context(mock.patch.dict(cast("dict[str, DutyBody]", BODIES), wrong))
            if self.patch is not None:
                stack.enter_context(mock.patch(*self.patch))
            yield

    def world(self, env: Mapping[str, str]) -> World:
        """The world that the run is handed."""
        world = replace(quick_world(env), run=self._run)
        return world if self.clock is None else replace(world, now=self.clock(world.now))

    def _start(self, *words: Any, **named: Any) -> RunContext:  # noqa: ANN401 - handed on as they come
        context = start_run(*words, **named)
        if self.after_start is not None:
            self.after_start(context.repository.root)
        return context if self.inputs is None else replace(context, inputs=self.inputs(context.inputs))

    def _run(self, command: Command) -> Completed:
        if self.before_rebuild is not None and "gonogo_agents.rebuild" in command.argv and command.cwd is not None:
            self.before_rebuild(command.cwd)
        return run(command)


PORT = "gonogo_agents.evidence_port"
PLAN_OF_A_GATE = import_module("gonogo_agents.duties.gate_plan").plan_gate
LAYER_RUN = 5
"""The number of the duty that is the layer run."""
NOTHING = Mutation("none", "nothing")


def handing_on(name: str, change: Callable[[JSONObject], JSONObject]) -> tuple[str, Callable[[DutyBody], DutyBody]]:
    """The duty's value is another one on its way to the next; its verdict stays."""

    def around(body: DutyBody) -> DutyBody:
        def wrong(view: View, ask: Ask, /) -> Result:
            right = body(view, ask)
            return Result(right.verdict, change(right.value), right.observed)

        return cast("DutyBody", wrong)

    return name, around


def asking(name: str, through: Callable[[Ask], Ask]) -> tuple[str, Callable[[DutyBody], DutyBody]]:
    """The duty's door to the world is another one."""
    return name, lambda body: cast("DutyBody", lambda view, ask: body(view, through(ask)))


def seeing(name: str, change: Callable[[View], View]) -> tuple[str, Callable[[DutyBody], DutyBody]]:
    """The duty sees another state than the one there is."""
    return name, lambda body: cast("DutyBody", lambda view, ask: body(change(view), ask))


def given(**changes: JSON) -> Callable[[JSONObject], JSONObject]:
    """Inputs with other values."""
    return lambda inputs: {**inputs, **changes}


def without(name: str) -> Callable[[JSONObject], JSONObject]:
    """An object without one of its fields."""
    return lambda stored: {key: value for key, value in stored.items() if key != name}


def gates_twice(inputs: JSONObject) -> JSONObject:
    """Inputs in which every gate is declared two times."""
    gates = cast("list[JSON]", inputs["gates"])
    return {**inputs, "gates": [*gates, *gates]}


def own_critic(inputs: JSONObject) -> JSONObject:
    """Inputs in which one model proposes and judges."""
    return {**inputs, "critic_model_id": inputs["model_id"]}


def emptied(value: JSONObject) -> JSONObject:
    """Nothing is left of a duty's value."""
    del value
    return {}


def told(**changes: JSON) -> Callable[[View], View]:
    """A view whose inputs have other values."""
    return lambda view: {**view, "inputs": given(**changes)(cast("JSONObject", view["inputs"]))}


def blind(name: str) -> Callable[[View], View]:
    """A view whose inputs lack a field."""
    return lambda view: {**view, "inputs": without(name)(cast("JSONObject", view["inputs"]))}


def losing_reports(ask: Ask) -> Ask:
    """Evidence that is handed in is lost on the way: nothing is written, and no digest comes back."""
    return cast("Ask", lambda verb, **words: {} if verb == "evidence.append" else ask(verb, **words))


def misplacing_reports(ask: Ask) -> Ask:
    """Evidence is written under another name than the one asked for."""

    def door(verb: str, /, **words: JSON) -> JSON:
        return ask(verb, **({**words, "path": f"elsewhere/{words['path']}"} if verb == "evidence.append" else words))

    return door


CONTRACT: JSONObject = {"required_fields": ["summary"], "require_evidence_ids": True}


def answering(decision: str, *changes: str) -> Callable[[Ask], Ask]:
    """A door behind which two models answer: a good proposal, and this decision with these demanded changes."""
    said: dict[str, JSONObject] = {
        "proposer": {"output_type": "OperatorNote", "summary": "The guide is clear.", "evidence_ids": ["E1"]},
        "critic": {
            "decision": decision,
            "rationale": "E1 says so.",
            "evidence_ids": ["E1"],
            "required_changes": list(changes),
        },
    }

    def through(ask: Ask) -> Ask:
        def asked(verb: str, /, **arguments: JSON) -> JSON:
            if verb != "model.invoke":
                return ask(verb, **arguments)
            side = str(arguments["side"])
            answer: JSONObject = {"content": json.dumps(said[side]), "finish_reason": "stop", "tool_calls": []}
            shown: JSONObject = {"id": "E1", "path": "docs/a.md", "sha256": "0" * 64, "size": 1, "shown": "text"}
            return {
                "answer": answer,
                "asked": side,
                "model": side,
                "family": side,
                "source": "model",
                "inputs": [shown],
            }

        return asked

    return through


def without_layer_outputs(plan: JSONObject) -> JSONObject:
    """A plan that expects nothing of the layer run."""
    outputs = cast("list[JSONObject]", plan["outputs"])
    return {**plan, "outputs": [output for output in outputs if output["duty"] != LAYER_RUN]}


def one_more_output(plan: JSONObject) -> JSONObject:
    """A plan that expects an output which the layer run does not make."""
    more: JSONObject = {"path": "data/forecast.json", "duty": LAYER_RUN, "media_type": "application/json"}
    return {**plan, "outputs": [*cast("list[JSON]", plan["outputs"]), more]}


def shapeless_triggers(plan: JSONObject) -> JSONObject:
    """A plan of gates whose reasons are numbers instead of sentences."""
    gates = cast("list[JSONObject]", plan["gates"])
    return {**plan, "gates": [{**gate, "trigger": 7} for gate in gates]}


def saying_nothing(*words: Any) -> dict[str, JSON]:  # noqa: ANN401 - as the plan of a gate takes them
    """A gate's plan that does not say why."""
    return {**PLAN_OF_A_GATE(*words), "why": None}


def elsewhere(root: Path) -> None:
    """Tell git that the work tree is another folder."""
    with (root / ".git" / "config").open("a") as settings:
        settings.write(f"[core]\n\tworktree = {root.parent}\n")


def overwrite(path: Path, data: bytes) -> None:
    """Put other bytes where sealed ones lie."""
    path.chmod(0o644)
    path.write_bytes(data)


def sealed_pack(run_folder: Path) -> Path:
    """The folder of the one pack of a run."""
    (seal,) = (run_folder / "pack").glob("*/seal.json")
    return seal.parent


def flip_summary(run_folder: Path) -> None:
    """Change one byte of a sealed file."""
    file = sealed_pack(run_folder) / "SUMMARY.md"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    overwrite(file, bytes(data))


def single_file(run_folder: Path) -> Path:
    """The single-file pack beside the folder."""
    pack = sealed_pack(run_folder)
    return pack.with_name(f"{pack.name}.json")


def without_single_file(run_folder: Path) -> None:
    """Take the single-file pack away."""
    single_file(run_folder).unlink()


def renamed_single_file(run_folder: Path) -> None:
    """Give the single-file pack a name that is none."""
    file = single_file(run_folder)
    file.rename(file.with_name("pack.json"))


def half_single_file(run_folder: Path) -> None:
    """Leave half of the single-file pack: no JSON any more."""
    file = single_file(run_folder)
    overwrite(file, file.read_bytes()[: file.stat().st_size // 2])


def single_file_without(name: str) -> Callable[[Path], None]:
    """Take a required field out of the single-file pack."""

    def spoil(run_folder: Path) -> None:
        file = single_file(run_folder)
        overwrite(file, canonical.dumps(without(name)(canonical.loads_object(file.read_bytes()))))

    return spoil


def other_seed(run_folder: Path) -> None:
    """Change a stored input, so that a rebuild starts from something else."""
    file = run_folder / "results" / "inputs.json"
    overwrite(file, file.read_bytes().replace(b'"seed":null', b'"seed":7'))


def set_back(now: Callable[[], datetime]) -> Callable[[], datetime]:
    """A clock that is set back by a day after it was read for the first time."""
    from datetime import timedelta

    asked: list[datetime] = []

    def clock() -> datetime:
        asked.append(now())
        return asked[-1] if len(asked) == 1 else asked[-1] - timedelta(days=1)

    return clock


def naming_tests(*words: str) -> dict[str, str]:
    """A trust side that names a test command."""
    argv = ", ".join(f'"{word}"' for word in words)
    return {"gates.toml": packaged("gates.toml").replace("argv = []", f"argv = [{argv}]")}
