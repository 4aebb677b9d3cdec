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


@settings(max_examples=200, deadline=None)
@given(votes_strategy, policies, st.sampled_from(NAMES), st.integers(0, 6))
def test_one_more_no_go_never_releases(votes: list[Judged], trust: Trust, name: str, at: int) -> None:
    released = {"GO", "GO-WITH-CONDITIONS"}
    more = [*votes[:at], vote(name, "NO-GO"), *votes[at:]]
    assert word(more, trust) not in released or word(votes, trust) in released


@settings(max_examples=100, deadline=None)
@given(votes_strategy, policies, st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(votes: list[Judged], trust: Trust, random: Any) -> None:  # noqa: ANN401 - hypothesis' own
    shuffled = list(votes)
    random.shuffle(shuffled)
    assert decide(shuffled, trust=trust) == decide(votes, trust=trust)
