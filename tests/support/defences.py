"""The defences that ``gonogo attack`` runs into, each as the patches that take it away, and who then gets through."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from gonogo_agents.render import safe
from gonogo_evidence import canonical, dsse, sshsig
from gonogo_evidence.allowed_signers import NAMESPACES, Signer
from gonogo_evidence.ids import Digest, Principal
from gonogo_evidence.index.proof import Proof
from gonogo_evidence.sshwire import PublicKey
from gonogo_evidence.statement import Card, SignoffStatement, format_time
from gonogo_evidence.verify.report import Check, Report
from gonogo_graph import proof
from gonogo_graph.macs import MacKey
from gonogo_graph.proof import Proven
from gonogo_graph.store.sqlite import SqliteStore
from gonogo_policies.signoff import Decision, Expected, Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from gonogo_graph.context import RunContext
    from gonogo_graph.store import SignOff, Spent
    from gonogo_policies.people import People
    from gonogo_policies.trust import Trust

    Patches = Callable[[], list[Any]]

class _Anybody(str):
    """A pattern that is whoever claims to be."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def _naive_signers(text: bytes, *, where: str) -> tuple[Signer, ...]:
    """Reads allowed_signers as somebody would who never met its traps."""
    del where
    found = []
    for line in text.decode().splitlines():
        match = re.fullmatch(r"(\S+) (?:.*?)((?:sk-)?ssh-\S+ \S+)(?: .*)?", line)
        if match and not line.startswith("#"):
            names = frozenset(NAMESPACES.split(","))
            found.append(Signer(_Anybody(match[1]) if match[1] == "*" else Principal(match[1]), PublicKey.from_line(match[2]), names))
    return tuple(found)


def _believes(context: RunContext) -> Proven:
    """A commit that takes the position in the graph for the decision."""
    request = context.store.request(context.run_id)
    assert request is not None
    return Proven(proof.sealed_now(context), request, context.trust(), Decision("GO", (), (), ()))


def _spend_again(store: SqliteStore, spent: Spent) -> Spent:
    store._db.execute(
        "INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?, ?)",
        (spent.run_id, spent.decision, spent.state, spent.outcome, spent.at),
    )
    return spent


def _each_for_itself(judged: Iterable[Judged], people: People) -> list[frozenset[str]]:
    """Every sign-off by a person of its own."""
    del people
    return [frozenset({str(number)}) for number, _ in enumerate(judged)]


def _sign_again(store: SqliteStore, row: SignOff) -> bool:
    store._insert("signoffs", replace(row, fingerprint=row.digest))
    return True


def _as_ours(armored: bytes, parse: Any = sshsig.parse) -> Any:  # noqa: ANN401 - as the original
    return replace(parse(armored), namespace="gonogo-signoff@v1")


def _unchecked(_: bytes, signature: Any, **__: object) -> Any:  # noqa: ANN401 - as the original
    return signature


def _whole(*_: object, **__: object) -> Report:
    return Report((Check("structure", "PASS", "OK", mock.ANY),))


def _anybody(signers: tuple[Signer, ...], *_: object) -> Signer:
    return signers[0]


def _any_mac() -> Any:  # noqa: ANN401 - a patch
    return mock.patch.object(MacKey, "fits", return_value=True)


def _permissive() -> Any:  # noqa: ANN401 - a patch
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return mock.patch.object(BaseCheckpointSaver, "serde", JsonPlusSerializer(allowed_msgpack_modules=True))


def _none(*_: object, **__: object) -> list[Check]:
    return []


def _last(signers: tuple[Signer, ...], key: PublicKey, *_: object) -> Signer:
    """Of several with one key the newest; a pattern is whoever says so."""
    return [signer for signer in signers if signer.key == key][-1]


def _believed(statement: bytes, signature: bytes, *, trust: Trust, expected: Expected, at: datetime) -> Judged:
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


def _any_run(folder: Path) -> str:
    """The run whose folder it is, whatever the pack says."""
    return folder.parents[1].name


STAT = Path.stat


def _closed(self: Path, **how: bool) -> os.stat_result:
    """A key file's mode as it should be."""
    found = STAT(self, **how)
    return os.stat_result((found.st_mode & ~0o077, *found[1:])) if self.suffix == ".key" else found


NOTHING: Any = lambda *_, **__: None  # noqa: E731 - a check that is not there
SIGNOFF, SIGNING = "gonogo_policies.signoff", "gonogo_graph.signing"
GONE: dict[str, tuple[Patches, tuple[str, ...]]] = {
    "the commit proves for itself": (
        lambda: [mock.patch("gonogo_graph.commit.prove", _believes)],
        (
            "state-edit",
            "goto-commit",
            "raw-answer",
            "answer-and-goto",
            "answer-and-update",
            "fresh-input",
            "swallowed-interrupt",
            "empty-answer",
            "unknown-interrupt",
            "approval-in-branch",
            "renamed-hold-point",
        ),
    ),
    "a signature is checked against the bytes": (
        lambda: [mock.patch.object(sshsig, "check", _unchecked)],
        ("borrowed-signature", "edited-answer"),
    ),
    "only an enrolled key": (lambda: [mock.patch(f"{SIGNOFF}.find", _anybody)], ("foreign-key",)),
    "only for this purpose": (
        lambda: [
            mock.patch.object(sshsig, "parse", _as_ours),
            mock.patch.object(sshsig, "check", _unchecked),
        ],
        ("wrong-namespace", "close-namespace"),
    ),
    "in the key's owner's name": (
        lambda: [
            mock.patch(f"{SIGNOFF}.find", lambda s, *_: replace(s[0], principal=Principal("another@attack.invalid")))
        ],
        ("other-principal",),
    ),
    "about this evidence, request and policy": (
        lambda: [mock.patch(f"{SIGNOFF}._same_evidence", NOTHING)],
        ("replayed-decision", "stale-pack", "stale-review", "stale-policy", "stale-request", "policy-swap"),
    ),
    "in time": (
        lambda: [mock.patch(f"{SIGNOFF}._in_time", NOTHING)],
        ("expired-signoff", "expired-request", "endless-signoff", "early-signoff", "future-signoff"),
    ),
    "by a key that is still valid": (lambda: [mock.patch.object(Signer, "valid", return_value=True)], ("expired-key",)),
    "with the presence that policy asks for": (
        lambda: [mock.patch(f"{SIGNOFF}._presence", lambda said, *_: said.presence)],
        ("shell-unproven", "false-touch"),
    ),
    "nothing releases a FAIL": (lambda: [mock.patch(f"{SIGNOFF}.releasable", NOTHING)], ("released-fail",)),
    "by another actor": (lambda: [mock.patch(f"{SIGNOFF}.check_duties", NOTHING)], ("self-approval-strict",)),
    "people count once": (
        lambda: [mock.patch("gonogo_policies.quorum._persons", _each_for_itself)],
        ("one-key-twice",),
    ),
    "a decided run takes no answer": (
        lambda: [mock.patch("gonogo_graph.signing.refuse_decided", NOTHING)],
        ("time-travel", "double-resume", "concurrent-resumes", "no-go-then-goto", "second-decision"),
    ),
    "one answer a key": (
        lambda: [mock.patch.object(SqliteStore, "add_signoff", _sign_again)],
        ("concurrent-decisions",),
    ),
    "an abandoned run is not decided": (
        lambda: [mock.patch.object(SqliteStore, "spend", _spend_again)],
        ("abandoned-run",),
    ),
    "an outcome stands on its answers": (
        lambda: [mock.patch("gonogo_graph.commit.check_stands", NOTHING)],
        ("forged-outcome", "turned-outcome"),
    ),
    "a close stands on its signature": (
        lambda: [mock.patch("gonogo_graph.conditions._check", NOTHING)],
        ("forged-close",),
    ),
    "the index remembers": (
        lambda: [mock.patch("gonogo_graph.commit.refuse_forgotten", NOTHING)],
        ("forgotten-decision", "removed-index"),
    ),
    "the index only grows": (
        lambda: [mock.patch("gonogo_evidence.index.seen.check_grown", NOTHING)],
        ("rolled-back-index",),
    ),
    "the pack is verified": (
        lambda: [mock.patch.object(proof, "verify_pack", _whole)],
        ("edited-pack", "edited-after-signing", "added-file", "linked-file", "edited-review"),
    ),
    "the review is the one that was asked about": (
        lambda: [mock.patch("gonogo_graph.signing._changed_since", NOTHING)],
        ("forged-card",),
    ),
    "stored state has a MAC": (
        lambda: [_any_mac()],
        (
            *("edited-checkpoint", "edited-write", "moved-checkpoint", "foreign-checkpoint", "stripped-macs"),
            *("edited-run-row", "edited-result", "other-state-key", "edited-inputs"),
        ),
    ),
    "stored bytes name no code": (lambda: [_any_mac(), _permissive()], ("code-in-checkpoint",)),
    "one version of the graph": (
        lambda: [mock.patch("gonogo_graph.advance.graph_version", return_value=mock.ANY)],
        ("other-version",),
    ),
    "trust store and ledger know each other": (
        lambda: [mock.patch("gonogo_policies.trust.check_pins", NOTHING)],
        ("other-trust-store", "lost-pin"),
    ),
    "a copy of the ledger is older than the index": (
        lambda: [
            mock.patch("gonogo_policies.trust.check_pins", NOTHING),
            mock.patch("gonogo_graph.commit.refuse_forgotten", NOTHING),
        ],
        ("other-ledger",),
    ),
    "the trust store is its owner's": (
        lambda: [mock.patch("gonogo_policies.trust.check_modes", NOTHING)],
        ("open-trust-store",),
    ),
    "allowed signers are read strictly": (
        lambda: [mock.patch("gonogo_policies.trust.signers_file.parse", _naive_signers)],
        ("open-namespace", "authority-line"),
    ),
    "verify knows the engine": (
        lambda: [mock.patch("gonogo.decision.dsse.verify", lambda data, _: dsse.parse(data))],
        ("verify-outcome",),
    ),
    "verify asks for the sign-offs of an outcome": (
        lambda: [mock.patch("gonogo.decision.DecisionChecks.__call__", lambda *_: [])],
        ("verify-unsigned",),
    ),
    "verify follows the proof to the root": (
        lambda: [mock.patch.object(Proof, "holds", return_value=True)],
        ("verify-proof",),
    ),
    "the seal has every file's digest": (
        lambda: [
            mock.patch("gonogo_evidence.verify.digests._files", _none),
            mock.patch("gonogo_evidence.verify.digests._seal", _none),
            mock.patch("gonogo_evidence.verify.attestations.check", _none),
        ],
        ("verify-attestation",),
    ),
    "the review has every file's digest": (
        lambda: [
            mock.patch("gonogo_evidence.verify.review._problems", _none),
        ],
        ("verify-seal",),
    ),
    "a sign-off is judged at all": (
        lambda: [mock.patch("gonogo_graph.proof.judge", _believed), mock.patch(f"{SIGNING}.judge", _believed)],
        ("unsigned", "no-statement", "planted-answers"),
    ),
    "evidence is held against request and signature": (
        lambda: [
            mock.patch("gonogo_graph.proof._asked_about", NOTHING),
            mock.patch(f"{SIGNOFF}._same_evidence", NOTHING),
        ],
        ("edited-request", "forged-card-later", "signer-swap"),
    ),
    "a pack is of the run in whose folder it lies": (
        lambda: [
            mock.patch("gonogo_graph.proof.run_of", _any_run),
            mock.patch("gonogo_graph.proof._asked_about", NOTHING),
            mock.patch(f"{SIGNOFF}._same_evidence", NOTHING),
            mock.patch(f"{SIGNING}._changed_since", NOTHING),
        ],
        ("swapped-pack",),
    ),
    "nobody reads the keys but their owner": (
        lambda: [mock.patch.object(Path, "stat", _closed)],
        ("open-state-key", "open-engine-key"),
    ),
    "a key belongs to one principal, and a principal is one name": (
        lambda: [
            mock.patch("gonogo_policies.trust.signers_file.parse", _naive_signers),
            mock.patch(f"{SIGNOFF}.find", _last),
        ],
        ("shared-key", "pattern-line"),
    ),
}


@contextlib.contextmanager
def careless() -> Iterator[None]:
    """An engine that looks for no secrets and shows words as they are."""
    never = re.compile("((?!))((?!))")
    with (
        mock.patch("gonogo_agents.redact_run._Scanner.scan", lambda _, texts: [[] for _ in texts]),
        mock.patch.object(safe, "ANSI", never),
        mock.patch.object(safe, "SPECIAL", never),
        mock.patch.object(safe, "LINKED", never),
        mock.patch.object(safe, "HIDDEN", frozenset()),
    ):
        yield


CARELESS = ("secret-in-evidence", "ansi-and-bidi", "live-markdown")
"""What gets out then."""
ALONE: dict[str, str] = {
    "self-approval": "the packaged policy allows it",
    "shell-claims": "the packaged policy allows it",
    "subgraph-interrupt": "there is nothing that it could be mounted on",
}
"""Attacks that execute without no single defence, and why."""
