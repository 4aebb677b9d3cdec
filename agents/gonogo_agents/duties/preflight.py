"""Duty 1, step A: is this the right repository and commit, how does the desk stand, and is nothing live touched?

What follows from the commit goes into ``value``; the desk (branch, upstream, dirty paths, versions) is only observed,
since the run reads a work tree of its own. Hard: A-ROOT, A-COMMIT, A-LIVE, A-SECRETS.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of, pointer, strings_of
from gonogo_agents.duties.gate_plan import plan_gate
from gonogo_agents.duties.validate import gate_result, normalized
from gonogo_agents.duty import Result
from gonogo_evidence.text import from_json, msg
from gonogo_evidence.verdict import worst
from gonogo_policies.change import Change, read_change
from gonogo_policies.gates import PlanContext, read_declaration
from gonogo_policies.gates.live import look_for_live
from gonogo_policies.globs import guards
from gonogo_policies.remote import CHECK, judge_remote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict

STEP = "A"
SECRETS = "secret-scan"
MAX_POINTERS = 20
MAX_PATHS = 200
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DESK_LISTS = ("staged", "unstaged", "untracked")
_OF_COMMIT = ("submodules", "submodules_count", "lfs_pointers", "lfs_pointers_count")
"""Asked together with the desk, but the commit's own."""
_ON_DESK: list[JSONObject] = [{"file": "environment.json", "path": "$.observed.preflight_snapshot.desk"}]


def preflight(view: View, ask: Ask) -> Result:
    """Look before anything is done. The verdict is the worst of the hard checks."""
    inputs = as_object(view.get("inputs"))
    guardrails = as_object(inputs.get("guardrails"))
    live, trust = strings_of(guardrails.get("live")), strings_of(guardrails.get("trust"))
    desk = as_object(ask("git.query", query="desk"))
    change = as_object(ask("git.query", query="change"))
    versions = as_object(ask("tools.versions"))
    files, gates = objects_of(change.get("files")), _gates(inputs, change, ask)
    checks = [
        _root(inputs, desk),
        _commit(inputs, change),
        _live(live, files, read_change(change)),
        *_secrets(gates),
        _trust(trust, files),
        _shell(),
    ]
    remote = as_object(inputs.get("remote_checks"))
    seen = [_tree(desk), _branch(desk), _upstream(desk), _operation(desk), _live_desk(live, desk), _versions(versions)]
    verdict = worst(cast("Verdict", entry["verdict"]) for entry in checks if entry["hard"])
    value: dict[str, JSON] = {
        "git_ref": inputs.get("git_ref"),
        "root_commit": inputs.get("root_commit"),
        "checks": checks,
        "change": _summary(change, files),
        "gates": [normalized(gate) for gate in gates],
        **{name: desk.get(name) for name in _OF_COMMIT},
    }
    observed: dict[str, JSON] = {
        "desk": {name: known for name, known in desk.items() if name not in _OF_COMMIT},
        "versions": versions,
        "checks": [*seen, *_remote(remote, inputs)],
        "gates": {str(gate["name"]): gate.get("observed") for gate in gates},
        **({"remote": remote} if remote else {}),
    }
    return Result(verdict, value, observed)


def _root(inputs: JSONObject, desk: JSONObject) -> JSONObject:
    root = str(inputs.get("root_commit", ""))
    if not _COMMIT.fullmatch(root):
        return check("A-ROOT", "INCONCLUSIVE", msg("The run names no root commit."), hard=True, basis="absent")
    if desk.get("root_confirmed") is not True:
        return check(
            "A-ROOT", "FAIL", msg("The repository's root is not where the run found it at its start."), hard=True
        )
    text = msg("The repository's root is confirmed; its history begins with {commit}.", commit=root[:12])
    return check("A-ROOT", "PASS", text, hard=True)


def _commit(inputs: JSONObject, change: JSONObject) -> JSONObject:
    commit = str(inputs.get("git_ref", ""))
    if not _COMMIT.fullmatch(commit):
        return check("A-COMMIT", "INCONCLUSIVE", msg("The run names no commit."), hard=True, basis="absent")
    if change.get("commit") != commit:
        return check("A-COMMIT", "FAIL", msg("git answered for another commit than the run's."), hard=True)
    base = change.get("base")
    text = msg("Commit {commit} is recorded, without a base: the change is the whole tree.", commit=commit)
    if isinstance(base, str):
        text = msg(
            "Commit {commit} is recorded, with base {base} ({rule}).",
            commit=commit,
            base=base[:12],
            rule=str(change.get("rule")),
        )
    return check("A-COMMIT", "PASS", text, hard=True)


def _gates(inputs: JSONObject, change: JSONObject, ask: Ask) -> list[JSONObject]:
    """What the gates of this step say: they come before anything else is done with the change."""
    declared = [read_declaration(entry) for entry in objects_of(inputs.get("gates"))]
    found = read_change(change)
    return [
        gate_result(declaration, plan_gate(declaration, found, PlanContext(None)), ask, "gate.guard")
        for declaration in declared
        if declaration.step == STEP
    ]


def _live(live: Sequence[str], files: Sequence[JSONObject], change: Change) -> JSONObject:
    """No live configuration in the change, on either side of a rename (runbook section 0 and step A)."""
    seen = look_for_live(change, live)
    if seen.stop is not None:
        return check("A-LIVE", "INCONCLUSIVE", seen.stop.reason, hard=True, basis="absent")
    text = seen.reason or msg("Nothing was compared.")
    if seen.findings:
        return check("A-LIVE", "FAIL", text, hard=True, pointers=_touching(files, live)[:MAX_POINTERS])
    return check("A-LIVE", "PASS", text, hard=True, pointers=[_place(entry) for entry in files[:5]])


def _secrets(gates: Sequence[JSONObject]) -> list[JSONObject]:
    """A-SECRETS: one check for each secret scan that was declared; the pointer leads to its findings."""
    return [
        check(
            "A-SECRETS",
            cast("Verdict", gate["verdict"]),
            from_json(gate["reason"]),
            hard=gate["hard"] is True,
            pointers=[{"file": "core/pack.json", "path": f"$.preflight_snapshot.gates[{number}]"}],
        )
        for number, gate in enumerate(gates)
        if gate["verdict"] != "NOT_APPLICABLE" and gate["name"] == SECRETS
    ]


def _trust(trust: Sequence[str], files: Sequence[JSONObject]) -> JSONObject:
    hits = _touching(files, trust)
    if hits:
        text = msg("The change touches trust files: {count}, first {path}.", count=len(hits), path=str(hits[0]["path"]))
        return check("A-TRUST", "FAIL", text, hard=False, pointers=hits[:MAX_POINTERS])
    if not trust or not files:
        text = msg("No trust files are named, or the change is empty: nothing was compared.")
        return check("A-TRUST", "INCONCLUSIVE", text, hard=False, basis="absent")
    return check("A-TRUST", "PASS", msg("The change touches no trust file."), hard=False)


def _shell() -> JSONObject:
    text = msg("gonogo starts programs by argument lists, never through a shell: no prompt can be left open behind it.")
    return check("A-SHELL", "PASS", text, hard=False, basis="asserted")


def _tree(desk: JSONObject) -> JSONObject:
    counts = {name: number_of(desk.get(f"{name}_count")) for name in _DESK_LISTS}
    if not any(counts.values()):
        return check("A-TREE", "PASS", msg("The operator's work tree is clean."), hard=False, pointers=_ON_DESK)
    text = msg(
        "The operator's work tree is dirty ({staged} staged, {unstaged} changed, {untracked} untracked): recorded, and "
        "isolated, since the run reads a work tree of its own.",
        **counts,
    )
    return check("A-TREE", "PASS", text, hard=False, pointers=_ON_DESK)


def _branch(desk: JSONObject) -> JSONObject:
    head, branch = str(desk.get("head", "")), desk.get("branch")
    if isinstance(branch, str) and branch:
        return check(
            "A-BRANCH",
            "PASS",
            msg("On branch {name} at {head}.", name=branch, head=head[:12]),
            hard=False,
            pointers=_ON_DESK,
        )
    return check("A-BRANCH", "PASS", msg("HEAD is detached at {head}.", head=head[:12]), hard=False, pointers=_ON_DESK)


def _upstream(desk: JSONObject) -> JSONObject:
    upstream, ahead, behind = desk.get("upstream"), desk.get("ahead"), desk.get("behind")
    if not isinstance(upstream, str) or not isinstance(ahead, int) or not isinstance(behind, int):
        text = msg("The branch has no upstream that is known here.")
        return check("A-UPSTREAM", "INCONCLUSIVE", text, hard=False, basis="absent", pointers=_ON_DESK)
    text = msg("{ahead} ahead of {upstream}, {behind} behind it.", ahead=ahead, behind=behind, upstream=upstream)
    return check("A-UPSTREAM", "FAIL" if behind else "PASS", text, hard=False, pointers=_ON_DESK)


def _operation(desk: JSONObject) -> JSONObject:
    operation = desk.get("operation")
    if not isinstance(operation, str):
        return check(
            "A-OPERATION", "PASS", msg("No merge, rebase or the like is in progress."), hard=False, pointers=_ON_DESK
        )
    text = msg(
        "A {operation} is in progress on the desk; the run's own work tree is not part of it.", operation=operation
    )
    return check("A-OPERATION", "FAIL", text, hard=False, pointers=_ON_DESK)


def _live_desk(live: Sequence[str], desk: JSONObject) -> JSONObject:
    """The same look at what lies uncommitted on the desk; it is no part of the run."""
    paths = [path for name in _DESK_LISTS for path in strings_of(desk.get(name))]
    hits = sorted({path for path in paths if guards(path, live)})
    if hits:
        text = msg("Uncommitted on the desk, live paths: {count}, first {path}.", count=len(hits), path=hits[0])
        return check("A-LIVE-DESK", "FAIL", text, hard=False, pointers=_ON_DESK)
    if not live or len(paths) != sum(number_of(desk.get(f"{name}_count")) for name in _DESK_LISTS):
        text = msg("No live paths are named, or the desk holds more paths than were listed.")
        return check("A-LIVE-DESK", "INCONCLUSIVE", text, hard=False, basis="absent", pointers=_ON_DESK)
    return check("A-LIVE-DESK", "PASS", msg("No uncommitted path on the desk is live."), hard=False, pointers=_ON_DESK)


def _remote(remote: JSONObject, inputs: JSONObject) -> list[JSONObject]:
    """What the forge said of the commit's checks, where a snapshot was given. The gates that run here are the proof."""
    if not remote:
        return []
    found = judge_remote(remote, str(inputs.get("git_ref")))
    place: JSONObject = {"file": "environment.json", "path": "$.observed.preflight_snapshot.remote"}
    return [check(CHECK, found.verdict, found.text, hard=False, basis="asserted", pointers=[place])]


def _versions(versions: JSONObject) -> JSONObject:
    known = [f"{name} {versions[name]}" for name in sorted(versions) if versions[name]]
    missing = ", ".join(sorted(name for name in versions if not versions[name]))
    if not known or missing:
        text = msg("No version was found of: {names}.", names=missing or "all")
        return check("A-VERSIONS", "INCONCLUSIVE", text, hard=False, basis="absent")
    return check("A-VERSIONS", "PASS", msg("Versions: {names}.", names=", ".join(known)), hard=False)


def _summary(change: JSONObject, files: Sequence[JSONObject]) -> JSONObject:
    kinds = Counter(str(entry.get("status")) for entry in files)
    return {
        "base": change.get("base"),
        "rule": change.get("rule"),
        "count": number_of(change.get("count")),
        "by_status": {kind: kinds[kind] for kind in sorted(kinds)},
        "added": sum(number_of(entry.get("added")) for entry in files),
        "deleted": sum(number_of(entry.get("deleted")) for entry in files),
        "binary": sum(entry.get("added") is None for entry in files),
        "paths": [entry.get("path") for entry in files[:MAX_PATHS]],
    }


def _touching(files: Iterable[JSONObject], globs: Sequence[str]) -> list[JSONObject]:
    """Pointers to the changed files whose name, or name before the change, a glob means."""
    return [
        _place(entry)
        for entry in files
        if any(guards(str(name), globs) for name in (entry.get("path"), entry.get("old_path")) if name is not None)
    ]


def _place(entry: JSONObject) -> JSONObject:
    return pointer(str(entry.get("path")), None, cast("str | None", entry.get("blob")))
