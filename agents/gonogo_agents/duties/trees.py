"""What the comparison of the work trees comes to: checks of duty 6 (after each gate) and of duty 7 (at the seal).

The run's own tree is the commit's and must stay so. The desk is the operator's, who may work on it: only hooks and
configuration of git that changed while a gate ran that could reach them are laid at that gate's door. All other changes
of the desk are observed, and stand outside the core, which must not follow from what somebody types meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.shapes import as_object, check, clean, number_of, objects_of, strings_of
from gonogo_evidence.text import msg
from gonogo_policies.change import first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON, JSONObject


def tree_checks(observed: Mapping[str, JSON]) -> list[JSONObject]:
    """E-TREE over what each gate's answer says of the trees, and E-DESK where it is broken. None where none was run."""
    told = {name: as_object(as_object(seen).get("trees")) for name, seen in observed.items()}
    told = {name: trees for name, trees in told.items() if trees}
    if not told:
        return []
    return [_own_tree(told), *_desk(told)]


def seal_check(trees: JSONObject) -> JSONObject:
    """F-TREE: the run's work tree is the commit's at the seal, and no command before left it otherwise."""
    changed, broken = number_of(trees.get("tree_count")), strings_of(trees.get("broken"))
    if not changed and not broken:
        text = msg("At the seal the run's work tree is as the commit is.")
        return check("F-TREE", "PASS", text, hard=True)
    if broken:
        text = msg("Commands changed what they may not: {names} (step E, CI_GUARDIAN).", names=first(broken))
        return check("F-TREE", "FAIL", text, hard=True)
    text = msg(
        "At the seal the run's work tree is not as the commit is, and no command was running: {paths}.",
        paths=_paths(trees, "tree"),
    )
    return check("F-TREE", "FAIL", text, hard=True)


def _own_tree(told: Mapping[str, JSONObject]) -> JSONObject:
    for name, trees in told.items():
        if number_of(trees.get("tree_count")):
            text = msg(
                "{gate} changed the run's work tree (step E, CI_GUARDIAN): {paths}.",
                gate=name,
                paths=_paths(trees, "tree"),
            )
            return check("E-TREE", "FAIL", text, hard=True, pointers=[_seen()])
        if number_of(trees.get("between_count")):
            text = msg(
                "The run's work tree was changed before {gate} began, by no command of the run: {paths}.",
                gate=name,
                paths=_paths(trees, "between"),
            )
            return check("E-TREE", "FAIL", text, hard=True, pointers=[_seen()])
    text = msg("The run's work tree was compared after each of {count} gates: unchanged.", count=len(told))
    return check("E-TREE", "PASS", text, hard=True)


def _desk(told: Mapping[str, JSONObject]) -> list[JSONObject]:
    broken = {name: strings_of(trees.get("desk_guarded")) for name, trees in told.items()}
    broken = {name: parts for name, parts in broken.items() if parts}
    if not broken:
        return []
    name, parts = next(iter(broken.items()))
    text = msg(
        "While {gate} ran (step E, CI_GUARDIAN), which could reach your desk, this changed there: {parts}. "
        "If it was you, start a new run.",
        gate=name,
        parts=first(parts),
    )
    return [check("E-DESK", "FAIL", text, hard=True, pointers=[_seen()])]


def _paths(trees: JSONObject, name: str) -> str:
    """The first changes in words, and how many more there are."""
    told = [f"{clean(str(one.get('path')))} ({one.get('how')})" for one in objects_of(trees.get(name))]
    return first(told)


def _seen() -> JSONObject:
    return {"file": "environment.json", "path": "$.observed.validation"}
