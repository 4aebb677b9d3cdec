"""Gates outside of a run: the same plan, the same runner and the same verdicts, over the desk or a commit.

Nothing is sealed and nothing is signed. The work tree is one of our own, as in a run; the operator's is only read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo_agents.broker.git_queries import change as change_of
from gonogo_agents.broker.git_queries import own_store, patch
from gonogo_agents.duties.facts.shapes import as_object, number_of
from gonogo_agents.duties.gate_plan import plan_gate
from gonogo_agents.duties.trees import tree_checks
from gonogo_agents.duties.validate import gate_result, judged
from gonogo_agents.gate_fence import Fences
from gonogo_agents.gate_runner import GateRunner
from gonogo_agents.git_fence import fenced
from gonogo_agents.objects import list_tree, read_blobs
from gonogo_agents.snapshot import Snapshot, take
from gonogo_agents.watch import UNGUARDED, Guards, Watch
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.text import from_json, msg
from gonogo_graph.inside_gate import refuse_inside_gate
from gonogo_graph.places import places
from gonogo_policies.change import read_change
from gonogo_policies.gates import ASK_CI, CiFacts, PlanContext, read_declaration
from gonogo_policies.gates.overall import overall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.text import Text
    from gonogo_evidence.verdict import Verdict
    from gonogo_policies.gates import Declaration

EVIDENCE = "pack"
"""The kind of gates that look at a run's evidence: there is none here."""


@dataclass(frozen=True, slots=True)
class Look:
    """What gates are asked to look at.

    Args:
        names: the gates, in any order; none: all that are declared.
        changed: what changed since the base, instead of the whole tree.
        base: what the change is measured against; given, it means ``changed``.
        commit: a commit instead of the desk.
        guards: what the configuration guards on the desk, and what it calls a cache.
    """

    names: tuple[str, ...] = ()
    changed: bool = False
    base: str | None = None
    commit: str | None = None
    guards: Guards = UNGUARDED


@dataclass(frozen=True, slots=True)
class Looked:
    """What they said."""

    snapshot: Snapshot
    base: str | None
    base_rule: str
    files: int
    """Files under review."""
    gates: tuple[JSONObject, ...]
    verdict: Verdict
    reason: Text


def look(
    repository: Repository,
    declared: Sequence[JSON],
    asked: Look,
    folder: Path,
    tell: Callable[[str, JSONObject | None], None],
) -> Looked:
    """Run gates over the desk (or a commit) of ``repository``; ``folder`` is an empty place for what they need.

    ``tell`` hears of each gate before it starts (None) and when it is done.

    Raises:
        BadInput: GATE_NAME_UNKNOWN, and what the repository or commit raise.
        Inconclusive: BASE_UNRESOLVED; DISK_FULL and the like.
    """
    refuse_inside_gate(repository.world)
    fences = Fences(repository.world)
    repository = fenced(repository, folder, fences=fences)
    chosen = _chosen([read_declaration(entry) for entry in declared], asked.names)
    snapshot, base, rule = measured(repository, asked, folder)
    store = own_store(snapshot.repository, folder / "store")
    stored = change_of(store, base, snapshot.commit, rule)
    change = read_change(stored)
    watch = Watch(snapshot.repository, folder, folder / "tree", snapshot.commit, asked.guards)
    runner = _runner(snapshot, watch, fences, folder, declared, stored)

    def ask(verb: str, /, **arguments: JSON) -> JSON:
        del verb  # there is but one
        return runner.run(arguments)

    plan = PlanContext(ci_facts(snapshot) if any(one.kind in ASK_CI for one in chosen) else None)
    results: list[JSONObject] = []
    for declaration in chosen:
        entry = plan_gate(declaration, change, plan)
        tell(declaration.name, None)
        results.append(gate_result(declaration, entry, ask))
        tell(declaration.name, results[-1])
    verdict, reason = _overall(results, named=bool(asked.names))
    if not change.count and verdict == "PASS":
        verdict = "INCONCLUSIVE"
        reason = msg("The change touches no file, so no gate looked at anything: is the base the right one?")
    trees = tree_checks({str(gate["name"]): gate.get("observed") for gate in results})
    for one in trees:  # as in a run: a gate that changed what it may not fails everything
        if one["hard"] is True and one["verdict"] != "PASS":
            verdict, reason = "FAIL", from_json(one["text"])
    return Looked(snapshot, base, rule, change.count, tuple(results), verdict, reason)


def measured(repository: Repository, asked: Look, folder: Path) -> tuple[Snapshot, str | None, str]:
    """What is looked at, what it is measured against (None: the whole tree), and by which rule.

    Raises:
        BadInput: what the repository, base or commit raise.
        Inconclusive: DISK_FULL and the like.
    """
    snapshot = _snapshot(repository, asked, folder / "desk")
    base, rule = _base(repository, snapshot, asked)
    return snapshot, base, rule


def changed_lines(snapshot: Snapshot, base: str | None, folder: Path) -> bytes:
    """What is looked at as git prints it, every touched file whole."""
    return patch(own_store(snapshot.repository, folder / "store"), base, snapshot.commit)


def _runner(
    snapshot: Snapshot, watch: Watch, fences: Fences, folder: Path, declared: Sequence[JSON], change: JSON
) -> GateRunner:
    """A run's own runner: the same tree, the same fences, the same comparison afterwards.

    How the desk stands is not kept: there is no seal that would compare with it.
    """
    return GateRunner(
        snapshot.repository.world,
        folder,
        folder / "tree",
        {"git_ref": snapshot.commit, "gates": list(declared)},
        lambda: change,
        watch,
        fences,
        snapshot.repository.objects,
        _kept(snapshot.repository),
        _stood(snapshot),
    )


def _stood(snapshot: Snapshot) -> str | None:
    """What counts as having stood before, in a look without a base: what the desk stands on, else the commit itself.

    Nothing stood before a first commit: what excuses faults and comes with them excuses nothing, as in a run.
    """
    if snapshot.differs:
        return snapshot.head
    return snapshot.commit if snapshot.repository.parents(snapshot.commit) else None


def _kept(repository: Repository) -> Path | None:
    """Where documents are kept as they were parsed; nowhere for a repository without a name of its own (shallow)."""
    try:
        return places(repository.world, repository.repository_id).kept
    except GonogoError:
        return None


def _chosen(declared: Sequence[Declaration], names: Sequence[str]) -> list[Declaration]:
    known = {one.name: one for one in declared if one.kind != EVIDENCE}
    for name in names:
        if name not in known:
            raise BadInput(
                "GATE_NAME_UNKNOWN",
                msg("No gate is named {name}. There are: {names}.", name=ascii(name)[:120], names=", ".join(known)),
                next_step=msg("gonogo gates"),
            )
    return [one for name, one in known.items() if not names or name in names]


def _snapshot(repository: Repository, asked: Look, folder: Path) -> Snapshot:
    if asked.commit is None:
        return take(repository, folder)
    commit = repository.resolve(asked.commit)
    return Snapshot(repository, commit, commit, differs=False)


def _base(repository: Repository, snapshot: Snapshot, asked: Look) -> tuple[str | None, str]:
    """A change is measured as in a run; a desk that differs counts as a commit on top of HEAD."""
    if asked.base is None and not asked.changed:
        return None, "whole-tree"
    try:
        base, rule = repository.base_for(snapshot.head, asked.base, ref=asked.commit or "HEAD")
    except BadInput as error:
        raise Inconclusive(
            "BASE_UNRESOLVED",
            msg("There is no change to look at: {why}", why=str(error.what)),
            where=asked.base or "",
            next_step=msg("gonogo gates --base REF"),
        ) from error
    if rule in {"first-parent", "whole-tree"} and snapshot.differs:
        return snapshot.head, "head"
    return base, rule


def ci_facts(snapshot: Snapshot) -> CiFacts | None:
    """What the workflows promise; None where one of them cannot be read."""
    from gonogo_policies.ci import WorkflowInvalid, read_workflow  # noqa: PLC0415 - YAML, which few gates ask for
    from gonogo_policies.ci.workflows import is_workflow  # noqa: PLC0415 - the same

    git = snapshot.repository.git
    entries = [one for one in list_tree(git, snapshot.commit) if one.regular and is_workflow(one.path)]
    blobs = read_blobs(git, [one.blob for one in entries])
    contexts: dict[str, list[str]] = {}
    for entry in entries:
        try:
            workflow = read_workflow(entry.path, blobs[entry.blob].decode())
        except (WorkflowInvalid, UnicodeDecodeError):
            return None
        for job in workflow.jobs:
            for name in job.contexts or ():
                contexts.setdefault(name, []).append(f"{entry.path}:{job.line}")
    files = tuple(sorted(entry.path for entry in entries))
    return CiFacts(files, {name: tuple(places) for name, places in contexts.items()})


def _overall(results: Sequence[JSONObject], *, named: bool) -> tuple[Verdict, Text]:
    """As in a run; but a gate that was asked for by name and earned NOT_APPLICABLE is no open question."""
    found = [judged(gate) for gate in results]
    if named and found and all(one.verdict in {"PASS", "NOT_APPLICABLE"} for one in found):
        return "PASS", msg("Nothing is open in the gates that were asked for: {count}.", count=len(found))
    if named:
        found = [replace(one, hard=True) for one in found]
    return overall([one.name for one in found], found)


def duration(gate: Mapping[str, JSON]) -> int:
    """Milliseconds that a gate's programs took."""
    return number_of(as_object(gate.get("observed")).get("duration_ms"))
