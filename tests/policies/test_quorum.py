"""Counting sign-offs: quorum, veto and roles never make a GO out of less."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import allowed_signers
from gonogo_evidence.ids import Digest, Principal
from gonogo_policies.signoff import Decision, Judged, Waiting, decide
from support.signing import SoftKey
from support.signoffs import (
    CONDITION,
    FORMAL,
    GO,
    KEYS,
    NAMES,
    NO,
    TRUST,
    WITH,
    signer_line,
    trusting,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.statement import Decision as Word
    from gonogo_policies.signoff import SignoffPolicy
    from gonogo_policies.trust import Trust

pytestmark = pytest.mark.fast


def vote(name: str, decision: Word = "GO", *, key: SoftKey | None = None) -> Judged:
    base = {"GO": GO, "NO-GO": NO, "GO-WITH-CONDITIONS": WITH}[decision]
    statement = dataclasses.replace(base, principal=Principal(name))
    signer = allowed_signers.parse(signer_line(name, key or KEYS[name]).encode(), where="f")[0]
    return Judged(statement, signer, statement.presence, Digest(f"{name}-{decision}-{key}"))


def word(votes: Sequence[Judged], trust: Trust = TRUST) -> str | None:
    found = decide(votes, trust=trust)
    return found.decision if isinstance(found, Decision) else None


def test_nothing_decides_nothing() -> None:
    found = decide([], trust=TRUST)
    assert isinstance(found, Waiting)
    assert found.missing == 1


def test_a_quorum_counts_people_once() -> None:
    two = trusting(quorum=2)
    assert decide([vote("alice")], trust=two) == Waiting(1, (), decide([vote("alice")], trust=two).text)  # type: ignore[union-attr]
    assert word([vote("alice"), vote("alice")], two) is None
    assert word([vote("alice"), vote("alice", key=SoftKey(50))], two) is None
    assert word([vote("alice"), vote("bob", key=KEYS["alice"])], two) is None
    assert word([vote("alice"), vote("bob")], two) == "GO"


def test_one_no_go_decides_where_there_is_a_veto() -> None:
    votes = [vote("alice"), vote("bob"), vote("carol", "NO-GO")]
    found = decide(votes, trust=trusting(quorum=2))
    assert isinstance(found, Decision)
    assert (found.decision, found.principals, found.conditions) == ("NO-GO", ("carol",), ())
    assert word(votes, trusting(quorum=2, veto=False)) == "GO"
    assert word([*votes, vote("bob", "NO-GO")], trusting(quorum=2, veto=False)) == "NO-GO"


def test_who_says_both_approves_nothing() -> None:
    calm = trusting(quorum=2, veto=False)
    assert word([vote("alice"), vote("bob"), vote("bob", "NO-GO")], calm) is None


def test_one_condition_makes_the_whole_conditional() -> None:
    votes = [vote("bob", "GO-WITH-CONDITIONS"), vote("alice")]
    found = decide(votes, trust=trusting(quorum=2))
    assert isinstance(found, Decision)
    assert found.decision == "GO-WITH-CONDITIONS"
    assert found.principals == ("alice", "bob")
    assert [(item.signoff, item.condition) for item in found.conditions] == [(votes[0].digest, CONDITION)]


def test_a_required_role_must_be_among_those_who_approve() -> None:
    trust = trusting(require_roles=("RISK_OFFICER",), roles={"bob": "RISK_OFFICER"})
    found = decide([vote("alice")], trust=trust)
    assert isinstance(found, Waiting)
    assert found.roles == ("RISK_OFFICER",)
    assert "RISK_OFFICER" in str(found.text)
    assert word([vote("alice"), vote("bob")], trust) == "GO"
    assert word([vote("bob")], trust) == "GO"


def test_a_role_may_need_several_people() -> None:
    roles = {"alice": "OPERATOR", "bob": "RISK_OFFICER", "carol": "RISK_OFFICER"}
    trust = trusting(quorum=3, role_quorum={"RISK_OFFICER": 2}, require_roles=("OPERATOR",), roles=roles)
    found = decide([vote("bob")], trust=trust)
    assert isinstance(found, Waiting)
    assert (found.missing, found.roles) == (2, ("OPERATOR", "RISK_OFFICER"))
    assert "2 more is missing, among them OPERATOR, RISK_OFFICER" in str(found.text)
    assert word([vote("bob"), vote("carol")], trust) is None
    assert word([vote("bob"), vote("bob", key=SoftKey(60)), vote("alice")], trust) is None
    assert word([vote("bob"), vote("carol"), vote("alice")], trust) == "GO"


TWO_NAMES = dataclasses.replace(FORMAL, people={"alice": ("bob",)})


def test_one_person_under_two_names_counts_once() -> None:
    two = trusting(quorum=2, separation=TWO_NAMES)
    assert word([vote("alice"), vote("bob")], two) is None
    assert word([vote("alice"), vote("carol")], two) == "GO"
    calm = trusting(quorum=1, veto=False, separation=TWO_NAMES)
    assert word([vote("alice"), vote("bob", "NO-GO")], calm) == "NO-GO"
    calm = trusting(quorum=2, veto=False, separation=TWO_NAMES)
    assert word([vote("alice"), vote("bob", "NO-GO"), vote("carol")], calm) is None, "who said no approves nothing"


def test_one_person_under_two_names_fills_neither_of_two_roles() -> None:
    change: dict[str, Any] = {"require_roles": ("A", "B"), "roles": {"alice": "A", "bob": "B"}}
    assert word([vote("alice"), vote("bob")], trusting(**change)) == "GO"
    assert word([vote("alice"), vote("bob")], trusting(**change, separation=TWO_NAMES)) is None
    assert word([vote("alice")], trusting(**{**change, "require_roles": ("A",)}, separation=TWO_NAMES)) is None


votes_strategy = st.lists(
    st.builds(vote, st.sampled_from(NAMES), st.sampled_from(["GO", "NO-GO", "GO-WITH-CONDITIONS"])), max_size=6
)
policies = st.builds(
    lambda quorum, veto, roles: trusting(
        quorum=quorum, veto=veto, require_roles=roles, roles=dict(zip(NAMES, ("A", "B", "A"), strict=True))
    ),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from([(), ("A",), ("A", "B")]),
)


@settings(max_examples=200, deadline=None)
@given(votes_strategy, policies)
def test_approval_needs_a_quorum_of_people_who_did_not_refuse(votes: list[Judged], trust: Trust) -> None:
    policy: SignoffPolicy = trust.signoff
    against = {item.signer.principal for item in votes if item.statement.decision == "NO-GO"}
    people = {item.signer.principal for item in votes if item.statement.decision != "NO-GO"} - against
    approved = word(votes, trust) in {"GO", "GO-WITH-CONDITIONS"}
    enough = len(people) >= policy.quorum and {policy.roles[name] for name in people} >= set(policy.require_roles)
    denied = bool(against) if policy.veto else len(against) >= policy.quorum
    assert approved == (enough and not denied)
    assert (word(votes, trust) == "NO-GO") == denied


RELEASED = {"GO", "GO-WITH-CONDITIONS"}
stricter = st.sampled_from(
    [
        ("quorum", lambda policy: {"quorum": policy.quorum + 1}),
        ("role", lambda policy: {"require_roles": (*policy.require_roles, "B")}),
        ("roles", lambda _: {"role_quorum": {"A": 2}}),
        ("veto", lambda _: {"veto": True}),
    ]
)


@settings(max_examples=100, deadline=None)
@given(votes_strategy, policies, stricter)
def test_one_more_rule_never_allows_more(votes: list[Judged], trust: Trust, rule: tuple[str, Any]) -> None:
    """A greater quorum too, where there is a veto: without one it is also the number that a NO-GO needs."""
    if rule[0] == "quorum" and not trust.signoff.veto:
        return
    policy = dataclasses.replace(trust.signoff, **rule[1](trust.signoff))
    tighter = dataclasses.replace(trust, signoff=policy)
    assert word(votes, tighter) not in RELEASED or word(votes, trust) in RELEASED


@settings(max_examples=200, deadline=None)
@given(votes_strategy, policies, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_one_more_alias_never_allows_more(votes: list[Judged], trust: Trust, one: str, other: str) -> None:
    tied = dataclasses.replace(FORMAL, people={one: (other,)})
    assert word(votes, dataclasses.replace(trust, separation=tied)) not in RELEASED or word(votes, trust) in RELEASED


@settings(max_examples=200, deadline=None)
@given(votes_strategy, policies, st.data())
def test_people_and_keys_that_come_twice_count_once(votes: list[Judged], trust: Trust, data: Any) -> None:  # noqa: ANN401 - hypothesis' own
    """Another key of somebody who signed, their statement again, or their key under another name: nobody more."""
    if not votes:
        return
    again = data.draw(st.sampled_from(votes))
    said, name = again.statement.decision, again.signer.principal
    other = data.draw(st.sampled_from([each for each in NAMES if each != name]))
    more = data.draw(st.sampled_from([again, vote(name, said, key=SoftKey(70)), vote(other, said, key=KEYS[name])]))
    trust = dataclasses.replace(trust, signoff=dataclasses.replace(trust.signoff, require_roles=()))
    assert word([*votes, more], trust) in {word(votes, trust), None}


@settings(max_examples=200, deadline=None)
@given(votes_strategy, policies, st.sampled_from(NAMES), st.integers(0, 6))
def test_one_more_no_go_never_releases(votes: list[Judged], trust: Trust, name: str, at: int) -> None:
    more = [*votes[:at], vote(name, "NO-GO"), *votes[at:]]
    assert word(more, trust) not in RELEASED or word(votes, trust) in RELEASED


@settings(max_examples=100, deadline=None)
@given(votes_strategy, policies, st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(votes: list[Judged], trust: Trust, random: Any) -> None:  # noqa: ANN401 - hypothesis' own
    shuffled = list(votes)
    random.shuffle(shuffled)
    assert decide(shuffled, trust=trust) == decide(votes, trust=trust)
