"""Sign-offs: each thing that can be wrong is refused by its own code, and counting never makes a GO out of less."""

from __future__ import annotations

import dataclasses
import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import allowed_signers
from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.statement import (
    SIGNOFF_NAMESPACE,
    Card,
    Condition,
    Presence,
    SignoffStatement,
    format_time,
)
from gonogo_evidence.statement import Decision as Word
from gonogo_policies.signoff import Decision, Expected, Judged, Waiting, decide, judge
from gonogo_policies.trust import Trust, packaged_separation, packaged_signoff
from support.signing import SoftKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.signoff import SignoffPolicy

pytestmark = pytest.mark.fast

DEFAULTS = Path(__file__).parents[2] / "config"
NOW = datetime(2026, 1, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C, D = (Digest(sign * 64) for sign in "abcd")
NAMES = ("alice", "bob", "carol")
KEYS = {name: SoftKey(number) for number, name in enumerate(NAMES)}
TOUCHED, UNTOUCHED = SoftKey(7, flags=1), SoftKey(8, flags=0)
FORMAL = packaged_separation(DEFAULTS)
PACKAGED = packaged_signoff(DEFAULTS)
STRICT = dataclasses.replace(FORMAL, level="strict")

EXPECTED = Expected(
    run_id=RunId("20260109-101112-0a1b2c"),
    pack_id=PackId("EVP-4BM2-L0-20260109-001"),
    pack_digest=A,
    review_digest=B,
    request_id="req1",
    policy_digest=C,
    pack_verdict="PASS",
    inconclusive=(),
    run_starter="dave",
    commit_authors=("Erin <erin@example.org>",),
    requested_at=format_time(NOW - HOUR),
    expires=format_time(NOW + HOUR),
)
GO = SignoffStatement(
    run_id=EXPECTED.run_id,
    pack_id=EXPECTED.pack_id,
    pack_digest=A,
    review_digest=B,
    request_id="req1",
    decision="GO",
    reason="looked at it",
    conditions=(),
    principal=Principal("alice"),
    presence="typed",
    policy_digest=C,
    card=Card("review/card.txt", D),
    issued=format_time(NOW),
    not_after=format_time(NOW + 2 * HOUR),
)
NO = dataclasses.replace(GO, decision="NO-GO", presence="unproven")
CONDITION = Condition(1, "ci.remote is green again", "bob", "2026-01-12")
WITH = dataclasses.replace(GO, decision="GO-WITH-CONDITIONS", conditions=(CONDITION,))


def signer_line(name: str, key: SoftKey, options: str = "") -> str:
    return f'{name} namespaces="{SIGNOFF_NAMESPACE}"{options} {key.public.line}\n'


@functools.cache
def signers_of(text: str) -> tuple[allowed_signers.Signer, ...]:
    return allowed_signers.parse(text.encode(), where="allowed_signers")


def trusting(lines: str | None = None, **change: Any) -> Trust:  # noqa: ANN401 - any field of the policy
    text = lines if lines is not None else "".join(signer_line(name, key) for name, key in KEYS.items())
    separation = change.pop("separation", FORMAL)
    return Trust(
        signers=signers_of(text),
        signoff=dataclasses.replace(PACKAGED, **change),
        separation=separation,
        policy_digest=C,
        origins={},
        label="local",
        principal=None,
        key_file=None,
        base_ref=None,
        files={},
    )


TRUST = trusting()


def judged(
    statement: SignoffStatement = GO,
    *,
    key: SoftKey = KEYS["alice"],
    trust: Trust = TRUST,
    expected: Expected = EXPECTED,
    at: datetime = NOW,
    namespace: str = SIGNOFF_NAMESPACE,
) -> Judged:
    data = statement.to_bytes()
    return judge(data, key.sign(data, namespace), trust=trust, expected=expected, at=at)


def refusal(*args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - what judged takes
    with pytest.raises(Refused) as caught:
        judged(*args, **kwargs)
    assert caught.value.next_step is not None
    return caught.value.code


def test_a_good_sign_off_counts() -> None:
    found = judged()
    assert (found.statement, found.signer.principal, found.presence) == (GO, "alice", "typed")
    assert decide([found], trust=TRUST) == Decision("GO", (Principal("alice"),), (found.digest,), ())


def test_changed_bytes_are_broken_integrity() -> None:
    data = GO.to_bytes()
    signature = KEYS["alice"].sign(data, SIGNOFF_NAMESPACE)
    for changed in (NO.to_bytes(), data + b" ", b""):
        with pytest.raises(IntegrityBroken):
            judge(changed, signature, trust=TRUST, expected=EXPECTED, at=NOW)
    with pytest.raises(IntegrityBroken):
        judge(data, signature[:-1], trust=TRUST, expected=EXPECTED, at=NOW)


def test_signed_garbage_is_no_sign_off() -> None:
    data = b'{"decision":"GO"}'
    with pytest.raises(IntegrityBroken) as caught:
        judge(data, KEYS["alice"].sign(data, SIGNOFF_NAMESPACE), trust=TRUST, expected=EXPECTED, at=NOW)
    assert caught.value.code == "STATEMENT_MALFORMED"


def test_who_may_not_sign_is_refused() -> None:
    assert refusal(key=SoftKey(99)) == "SIGNER_UNTRUSTED"
    assert refusal(namespace="file") == "SIGNATURE_NAMESPACE"
    assert refusal(key=KEYS["bob"]) == "PRINCIPAL_MISMATCH"
    old = trusting(signer_line("alice", KEYS["alice"], ',valid-before="20260101"'))
    assert refusal(trust=old) == "SIGNER_EXPIRED"
    other = trusting(signer_line("alice", KEYS["alice"]).replace(SIGNOFF_NAMESPACE, "git"))
    assert refusal(trust=other) == "SIGNER_NAMESPACE"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"run_id": "20260109-101112-ffffff"}, "SIGNOFF_OTHER_RUN"),
        ({"pack_id": "EVP-4BM2-L0-20260109-002"}, "SIGNOFF_OTHER_RUN"),
        ({"pack_digest": D}, "SIGNOFF_STALE_PACK"),
        ({"review_digest": D}, "SIGNOFF_STALE_REVIEW"),
        ({"request_id": "req0"}, "SIGNOFF_STALE_REQUEST"),
        ({"policy_digest": D}, "POLICY_CHANGED"),
        ({"issued": format_time(NOW + HOUR)}, "SIGNOFF_FROM_THE_FUTURE"),
        ({"issued": format_time(NOW - 2 * HOUR)}, "SIGNOFF_BEFORE_REQUEST"),
        ({"not_after": format_time(NOW + 25 * HOUR)}, "SIGNOFF_TOO_LONG"),
        ({"presence": "touch"}, "PRESENCE_FALSE"),
        ({"presence": "unproven"}, "PRESENCE_TOO_WEAK"),
    ],
)
@pytest.mark.parametrize("decision", ["GO", "GO-WITH-CONDITIONS"])
def test_what_is_about_something_else_or_too_weak_is_refused(change: dict[str, Any], code: str, decision: Word) -> None:
    statement = WITH if decision == "GO-WITH-CONDITIONS" else GO
    assert refusal(dataclasses.replace(statement, **change)) == code


def test_a_no_go_about_something_else_is_refused_too() -> None:
    assert refusal(dataclasses.replace(NO, pack_digest=D)) == "SIGNOFF_STALE_PACK"


def test_time_runs_out_for_sign_off_and_request() -> None:
    short = dataclasses.replace(GO, not_after=format_time(NOW + HOUR / 2))
    late = NOW + HOUR / 2
    judged(short, at=late)
    assert refusal(short, at=late + timedelta(seconds=1)) == "SIGNOFF_EXPIRED"
    judged(at=NOW + HOUR)
    assert refusal(at=NOW + HOUR + timedelta(seconds=1)) == "REQUEST_EXPIRED"


def test_clocks_may_differ_by_minutes() -> None:
    judged(dataclasses.replace(GO, issued=format_time(NOW + timedelta(minutes=5))))
    judged(dataclasses.replace(GO, issued=format_time(NOW - HOUR - timedelta(minutes=5))))


def test_touch_is_measured() -> None:
    trust = trusting(
        signer_line("alice", TOUCHED) + signer_line("bob", UNTOUCHED),
        least_presence=dict.fromkeys(("GO", "GO-WITH-CONDITIONS", "NO-GO"), "touch"),
    )
    assert judged(dataclasses.replace(GO, presence="touch"), key=TOUCHED, trust=trust).presence == "touch"
    assert judged(dataclasses.replace(GO, presence="unproven"), key=TOUCHED, trust=trust).presence == "touch"
    as_bob = dataclasses.replace(GO, principal=Principal("bob"))
    assert refusal(dataclasses.replace(as_bob, presence="touch"), key=UNTOUCHED, trust=trust) == "PRESENCE_FALSE"
    assert refusal(as_bob, key=UNTOUCHED, trust=trust) == "PRESENCE_TOO_WEAK"


@pytest.mark.parametrize(
    ("claimed", "least", "enough"),
    [
        ("typed", "unproven", True),
        ("typed", "typed", True),
        ("typed", "confirmed", False),
        ("confirmed", "typed", True),
        ("confirmed", "touch", False),
        ("unproven", "unproven", True),
        ("unproven", "typed", False),
    ],
)
def test_presence_has_an_order(claimed: Presence, least: Presence, *, enough: bool) -> None:
    trust = trusting(least_presence={"GO": least, "GO-WITH-CONDITIONS": "touch", "NO-GO": "touch"})
    statement = dataclasses.replace(GO, presence=claimed)
    if enough:
        assert judged(statement, trust=trust).presence == claimed
    else:
        assert refusal(statement, trust=trust) == "PRESENCE_TOO_WEAK"


def about(verdict: str, *inconclusive: str) -> Expected:
    return dataclasses.replace(EXPECTED, pack_verdict=verdict, inconclusive=inconclusive)


def test_only_pass_is_released_as_go() -> None:
    assert refusal(expected=about("INCONCLUSIVE", "ci.remote")) == "GO_NOT_RELEASABLE"
    assert refusal(expected=about("INCONCLUSIVE")) == "GO_NOT_RELEASABLE"
    assert refusal(expected=about("PASS", "ci.remote")) == "GO_NOT_RELEASABLE"
    assert refusal(expected=about("FAIL")) == "FAIL_NOT_COVERED"
    assert refusal(expected=about("pass")) == "FAIL_NOT_COVERED"
    assert refusal(expected=about("")) == "FAIL_NOT_COVERED"
    judged(NO, expected=about("FAIL"))


def test_conditions_cover_what_they_name_and_never_a_fail() -> None:
    judged(WITH)
    judged(WITH, expected=about("INCONCLUSIVE", "ci.remote"))
    assert refusal(WITH, expected=about("FAIL", "ci.remote")) == "FAIL_NOT_COVERED"
    assert refusal(WITH, expected=about("INCONCLUSIVE", "ci.remote", "gate.lint")) == "CONDITION_MISSING"
    assert refusal(WITH, expected=about("INCONCLUSIVE")) == "INCONCLUSIVE_UNNAMED"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ci.remote", True),
        ("(CI.Remote), see there.", True),
        ("wait for ci.remote.", True),
        ("ci.remote2", False),
        ("ci.remote.x", False),
        ("my-ci.remote", False),
        ("xci.remote", False),
        ("ciXremote", False),
        ("all of it", False),
    ],
)
def test_a_condition_names_a_check_as_a_word(text: str, *, named: bool) -> None:
    statement = dataclasses.replace(WITH, conditions=(dataclasses.replace(CONDITION, text=text),))
    expected = about("INCONCLUSIVE", "ci.remote")
    if named:
        judged(statement, expected=expected)
    else:
        assert refusal(statement, expected=expected) == "CONDITION_MISSING"


def test_a_condition_is_not_due_before_it_was_made() -> None:
    judged(dataclasses.replace(WITH, conditions=(dataclasses.replace(CONDITION, due="2026-01-09"),)))
    past = dataclasses.replace(WITH, conditions=(dataclasses.replace(CONDITION, due="2026-01-08"),))
    assert refusal(past) == "CONDITION_DATE"


def test_nobody_approves_their_own_work_under_strict() -> None:
    strict = trusting(separation=STRICT)
    judged(trust=strict)
    for own in ({"run_starter": "Alice"}, {"commit_authors": ("x <x@x>", "Alice <a@x>")}):
        expected = dataclasses.replace(EXPECTED, **own)
        judged(expected=expected)  # formal: one operator may do both
        for statement in (GO, WITH):
            assert refusal(statement, trust=strict, expected=expected) == "SELF_APPROVAL"
        judged(NO, trust=strict, expected=expected)


def test_under_strict_an_unknown_author_is_nobody_else() -> None:
    expected = dataclasses.replace(EXPECTED, commit_authors=())
    with pytest.raises(Inconclusive) as caught:
        judged(trust=trusting(separation=STRICT), expected=expected)
    assert caught.value.code == "SEPARATION_UNKNOWN"


def test_a_role_model_pair_is_not_asked_of_the_signer() -> None:
    judged(trust=trusting(separation=dataclasses.replace(STRICT, pairs=STRICT.pairs[2:])))


@functools.cache
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


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_garbage_is_refused_with_a_code(statement: bytes, signature: bytes) -> None:
    with pytest.raises(GonogoError):
        judge(statement, signature, trust=TRUST, expected=EXPECTED, at=NOW)
    with pytest.raises(GonogoError):
        judge(statement, KEYS["alice"].sign(statement, SIGNOFF_NAMESPACE), trust=TRUST, expected=EXPECTED, at=NOW)
