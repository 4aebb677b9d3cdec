"""Risk rules about the guards of a run: refused roles, a desk changed meanwhile, gates and their fences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.change import first
from gonogo_policies.results import as_count, as_list, as_object, as_words, observed_of
from gonogo_policies.risks.interface import Facts, Risk, in_environment, in_report, in_review

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.text import Text


def role_refused(facts: Facts) -> Iterator[Risk]:
    """R-REFUSED: one for each role that asked for what its scope refuses. Nothing is graver."""
    told: dict[str, list[int]] = {}
    for number, refusal in enumerate(facts.refusals):
        told.setdefault(str(refusal.get("where", "")).partition(" ")[0], []).append(number)
    for role, numbers in told.items():
        one = facts.refusals[numbers[0]]
        yield Risk(
            "R-REFUSED",
            msg(
                "{role} was refused, requests: {count}; the first: {where}. {what}",
                role=role,
                count=len(numbers),
                where=str(one.get("where", "")),
                what=str(one.get("what", "")),
            ),
            msg("What plays this role does other things than its duties; its results may be wrong too."),
            5,
            5,
            msg("Find out why {role} asked for it before anything is released.", role=role),
            tuple(in_review(f"$.refusals[{number}]") for number in numbers[:5]),
            subject=role,
        )


def desk_moved(facts: Facts) -> Iterator[Risk]:
    """R-DESK-MOVED: the desk is not as it was when the run began. That is told, and fails nothing."""
    trees = as_object(observed_of(facts.state, "pack").get("trees"))
    if count := as_count(trees.get("desk_count")):
        yield Risk(
            "R-DESK-MOVED",
            msg(
                "The desk was changed while the run was on, places: {count} ({paths}).",
                count=count,
                paths=first(as_words(trees.get("desk"))),
            ),
            msg("The decision covers the commit as it was, not what lies on the desk now."),
            2,
            2,
            msg("If it was not you, find out who it was before you sign."),
            (in_environment("$.trees"),),
        )


def gates_open(facts: Facts) -> Iterator[Risk]:
    """R-GATES-OPEN: what the gates' programs could reach: all, where they ran without a whole fence; else little."""
    seen = observed_of(facts.state, "validation")
    fences = {name: fence for name, one in seen.items() if (fence := as_object(as_object(one).get("fence")))}
    level = isolation_of(facts.state)
    found = sorted(name for name, fence in fences.items() if fence.get("level") != "fenced")
    if fences and not found:
        yield Risk(
            "R-GATES-OPEN",
            msg("Gates ran inside a fence, and roles isolated ({level}).", level=level),
            msg("A program of the repository, started by a gate, could still read what the system shows to everybody."),
            1,
            2,
            msg("Let gates run only programs that you would start yourself."),
            (in_environment("$.observed.validation"),),
        )
    elif fences or level != "none":
        why = " ".join(str(fences[name]["why"]) for name in found if fences[name].get("why"))
        told = msg("Roles ran isolated ({level}); gates ran with the rights of the operator's account.", level=level)
        if found:
            told = msg("Gates that ran without a whole fence, since this system has none: {names}.", names=first(found))
        if why:
            told = msg("Gates that ran without a whole fence: {names}. {why}", names=first(found), why=why)
        yield Risk(
            "R-GATES-OPEN",
            told,
            msg("A program of the repository, started by a gate, could reach what the operator can reach."),
            2,
            3,
            msg("Let gates run only programs that you would start yourself."),
            (in_environment("$.observed.validation" if found else "$.isolation"),),
        )


def isolation_of(state: Mapping[str, JSON]) -> str:
    """The roles' isolation as it was sealed: what duty 7 read back from the pack."""
    observed = as_object(as_object(state.get("pack")).get("observed"))
    return str(as_object(observed.get("stamped")).get("isolation", "none"))


def look_differs(facts: Facts) -> Iterator[Risk]:
    """R-LOOK-DIFFERS: a chat looked at a gate, or had no objection, and the duty's own run says something else."""
    for said in map(as_object, as_list(facts.state.get(SAID))):
        looks = [as_object(look) for look in as_list(said.get("looks"))]
        for number, gate in enumerate(facts.gates):
            seen = [str(look.get("verdict")) for look in looks if look.get("gate") == gate["name"]]
            if others := [verdict for verdict in seen if verdict != gate["verdict"]]:
                words = {
                    "gate": str(gate["name"]),
                    "seen": ", ".join(dict.fromkeys(others)),
                    "now": str(gate["verdict"]),
                }
                finding = msg("A chat's look at {gate} saw {seen}; the duty's own run says {now}.", **words)
                yield _differs(finding, f"$.gates[{number}]", 4, str(gate["name"]))
        now = as_object(facts.state.get(VALIDATION)).get("verdict")
        if said.get("duty") == VALIDATES and (said.get("verdict"), now) == ("PASS", "FAIL"):
            role = str(said.get("role"))
            finding = msg("{role} had no objection in a chat; the duty's own run says FAIL.", role=role)
            yield _differs(finding, "$.verdict", 2, role)


def _differs(finding: Text, path: str, likelihood: int, subject: str) -> Risk:
    return Risk(
        "R-LOOK-DIFFERS",
        finding,
        msg("Two looks at one commit do not agree: one of them was at something else, or the gate is flaky."),
        likelihood,
        4,
        msg("Compare data/chat/gates with the validator report, and run the gates once more before you sign."),
        (in_report(path),),
        subject=subject,
    )


SAID, VALIDATION, VALIDATES = "contributions", "validation", 6
"""What chats handed in, and the duty that runs the gates."""
GUARD_RULES = (role_refused, desk_moved, gates_open, look_differs)
