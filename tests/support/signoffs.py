"""Sign-offs for tests: a request, people with soft keys, a statement of every decision, policies, and their judge."""

from __future__ import annotations

import dataclasses
import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gonogo_evidence import allowed_signers
from gonogo_evidence.errors import Refused
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.statement import (
    SIGNOFF_NAMESPACE,
    Card,
    Condition,
    SignoffStatement,
    format_time,
)
from gonogo_policies.signoff import Expected, Judged, judge
from gonogo_policies.trust import Trust, packaged_separation, packaged_signoff
from support.signing import SoftKey

DEFAULTS = Path(__file__).parents[2] / "config"
NOW = datetime(2026, 1, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C, D = (Digest(sign * 64) for sign in "abcd")
NAMES = ("alice", "bob", "carol")
KEYS = {name: SoftKey(number) for number, name in enumerate(NAMES)}
TOUCHED, UNTOUCHED = SoftKey(7, flags=1), SoftKey(8, flags=0)
FORMAL = packaged_separation(DEFAULTS)
PACKAGED = packaged_signoff(DEFAULTS)
STRICT = dataclasses.replace(FORMAL, level="strict", people={"dave": (), "erin@example.org": ()})
NO_MODEL = {f"{side}_{what}": ("none",) for side in ("proposer", "critic") for what in ("model", "family")}

ROLES = {name: (f"key of the {name}",) for name in ("planner", "executor", "validator", "scribe", "risk_officer")}
EXPECTED = Expected(
    run_id=RunId("20260109-101112-0a1b2c"),
    pack_id=PackId("EVP-4BM2-L0-20260109-001"),
    pack_digest=A,
    review_digest=B,
    request_id="req1",
    policy_digest=C,
    pack_verdict="PASS",
    inconclusive=(),
    actors={"run_starter": ("dave",), "commit_author": ("Erin <erin@example.org>",), **NO_MODEL, **ROLES},
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
