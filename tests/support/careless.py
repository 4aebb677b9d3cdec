"""What stands in for a defence that was taken away: each does what somebody would who never met its trap."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from gonogo_agents.broker import Decision as Permission
from gonogo_agents.gate_fence import Fences
from gonogo_agents.git import own_git
from gonogo_agents.render import safe
from gonogo_agents.workers.interface import Played
from gonogo_evidence import canonical, sshsig
from gonogo_evidence.allowed_signers import NAMESPACES, Signer
from gonogo_evidence.ids import Digest, Principal
from gonogo_evidence.sshwire import PublicKey
from gonogo_evidence.statement import Card, SignoffStatement, format_time
from gonogo_evidence.verify.report import Check, Report
from gonogo_graph import proof
from gonogo_graph.context import RunContext
from gonogo_graph.macs import MacKey
from gonogo_graph.proof import Proven
from gonogo_policies.change import ChangedFile
from gonogo_policies.signoff import Decision, Expected, Judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from gonogo_agents.broker import Rules
    from gonogo_agents.workers.client import Worker
    from gonogo_evidence.verify import UnverifiedPack
    from gonogo_graph.store import SignOff, Spent
    from gonogo_graph.store.sqlite import SqliteStore
    from gonogo_policies.people import People
    from gonogo_policies.trust import Trust


class Anybody(str):
    """A pattern that is whoever claims to be."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def naive_signers(text: bytes, *, where: str) -> tuple[Signer, ...]:
    """Reads allowed_signers as somebody would who never met its traps."""
    del where
    found = []
    for line in text.decode().splitlines():
        match = re.fullmatch(r"(\S+) (?:.*?)((?:sk-)?ssh-\S+ \S+)(?: .*)?", line)
        if match and not line.startswith("#"):
            names = frozenset(NAMESPACES.split(","))
            found.append(
                Signer(
                    Principal(Anybody(match[1]) if match[1] == "*" else match[1]), PublicKey.from_line(match[2]), names
                )
            )
    return tuple(found)


def believes(context: RunContext) -> Proven:
    """A commit that takes the position in the graph for the decision."""
    request = context.store.request(context.run_id)
    assert request is not None
    return Proven(proof.sealed_now(context), request, context.trust(), Decision("GO", (), (), ()))


def spend_again(store: SqliteStore, spent: Spent) -> Spent:
    store._db.execute(
        "INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?, ?)",
        (spent.run_id, spent.decision, spent.state, spent.outcome, spent.at),
    )
    return spent


def each_for_itself(judged: Iterable[Judged], people: People) -> list[frozenset[str]]:
    """Every sign-off by a person of its own."""
    del people
    return [frozenset({str(number)}) for number, _ in enumerate(judged)]


def sign_again(store: SqliteStore, row: SignOff) -> bool:
    store._insert("signoffs", replace(row, fingerprint=row.digest))
    return True


def as_ours(armored: bytes, parse: Any = sshsig.parse) -> Any:  # noqa: ANN401 - as the original
    return replace(parse(armored), namespace="gonogo-signoff@v1")


def unchecked(_: bytes, signature: Any, **__: object) -> Any:  # noqa: ANN401 - as the original
    return signature


def whole(*_: object, **__: object) -> Report:
    return Report((Check("structure", "PASS", "OK", mock.ANY),))


def anybody(signers: tuple[Signer, ...], *_: object) -> Signer:
    return signers[0]


def any_mac() -> Any:  # noqa: ANN401 - a patch
    return mock.patch.object(MacKey, "fits", return_value=True)


def permissive() -> Any:  # noqa: ANN401 - a patch
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return mock.patch.object(BaseCheckpointSaver, "serde", JsonPlusSerializer(allowed_msgpack_modules=True))


def none(*_: object, **__: object) -> list[Check]:
    return []


def last(signers: tuple[Signer, ...], key: PublicKey, *_: object) -> Signer:
    """Of several with one key the newest; a pattern is whoever says so."""
    return [signer for signer in signers if signer.key == key][-1]


def believed(statement: bytes, signature: bytes, *, trust: Trust, expected: Expected, at: datetime) -> Judged:
    """A judge who takes every row for what its writer wants it to be."""
    del signature
    signer = trust.signers[0]
    said = SignoffStatement(
        run_id=expected.run_id,
        pack_id=expected.pack_id,
        pack_digest=expected.pack_digest,
        review_digest=expected.review_digest,
        request_id=expected.request_id,
        decision="GO",
        reason="believed",
        conditions=(),
        principal=signer.principal,
        presence="touch",
        policy_digest=expected.policy_digest,
        card=Card("review/card.txt", Digest("0" * 64)),
        issued=format_time(at),
        not_after=format_time(at),
    )
    return Judged(said, signer, "touch", canonical.digest_of(statement))


def anything(rules: Rules, role: str, step: str, action: str, resource: object) -> Permission:
    """A broker that allows everything."""
    del rules, step, resource
    return Permission(allowed=True, rule="tools:", role=role, subject=action)


def takes_all(worker: Worker, *_: object) -> Played:
    """An engine that stores whatever a worker hands back."""
    record = worker._line.receive(within=5.0)
    worker._line.receive(within=5.0)
    worker.idle = True
    return Played(record, None, worker.greet())


TRUST = RunContext.trust


def of_the_branch(context: RunContext) -> Trust:
    """Trust roots from the commit that is to be signed off."""
    found = own_git(context.world, context.repository.root).attempt(
        "show", f"{context.inputs['git_ref']}:config/allowed_signers"
    )
    trust = TRUST(context)
    return replace(trust, signers=naive_signers(found.stdout, where="")) if found.code == 0 else trust


def any_run(context: RunContext, pack: UnverifiedPack) -> proof.Sealed:
    """What a pack says, of whatever run it is."""
    del context
    assert pack.review_digest is not None
    return proof.sealed_in(pack, pack.review_digest)


STAT = Path.stat


def closed(self: Path, **how: bool) -> os.stat_result:
    """A key file's mode as it should be."""
    found = STAT(self, **how)
    return os.stat_result((found.st_mode & ~0o077, *found[1:])) if self.suffix == ".key" else found


@contextlib.contextmanager
def following() -> Iterator[None]:
    """Gates that take a link for a file, and run their programs without a fence."""
    with (
        mock.patch.object(ChangedFile, "readable", new=True),
        mock.patch("gonogo_policies.gates.ruff._is_regular", return_value=True),
        mock.patch("gonogo_policies.gates.ruff_lint.Lint._readable", return_value=True),
        mock.patch.object(Fences, "around", return_value=None),
        mock.patch("gonogo_agents.gate_runner.fence_facts", return_value={}),
        mock.patch("gonogo_agents.detectors.Detectors.scan", lambda _, texts: [[] for _ in texts]),  # or step A ends it
        mock.patch("gonogo_policies.critic.judge.unseen", return_value=False),  # the same
    ):
        yield


@contextlib.contextmanager
def careless() -> Iterator[None]:
    """An engine that looks for no secrets and shows words as they are."""
    never = re.compile("((?!))((?!))")
    with (
        mock.patch("gonogo_agents.detectors.Detectors.scan", lambda _, texts: [[] for _ in texts]),
        mock.patch.object(safe, "ANSI", never),
        mock.patch.object(safe, "SPECIAL", never),
        mock.patch.object(safe, "LINKED", never),
        mock.patch.object(safe, "HIDDEN", frozenset()),
    ):
        yield
