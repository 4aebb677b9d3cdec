"""The defences that ``gonogo attack`` runs into, each as the patches that take it away, and who then gets through."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from gonogo import hook, host_files
from gonogo.hook_call import bare
from gonogo_evidence import dsse, sshsig
from gonogo_evidence.allowed_signers import Signer
from gonogo_evidence.ids import Principal
from gonogo_evidence.index.proof import Proof
from gonogo_graph import chat, proof
from gonogo_graph.context import RunContext
from gonogo_graph.store.sqlite import SqliteStore
from gonogo_policies.contribution import Contribution

if TYPE_CHECKING:
    from collections.abc import Callable

    Patches = Callable[[], list[Any]]
from support.careless import (
    any_mac,
    any_run,
    anybody,
    anything,
    as_ours,
    believed,
    believes,
    closed,
    each_for_itself,
    last,
    naive_signers,
    none,
    of_the_branch,
    permissive,
    sign_again,
    spend_again,
    takes_all,
    unchecked,
    whole,
)

NOTHING: Any = lambda *_, **__: None  # noqa: E731 - a check that is not there
SIGNOFF, SIGNING = "gonogo_policies.signoff", "gonogo_graph.signing"


def taken(data: bytes) -> Contribution:
    """Words, whatever else stands beside them."""
    known = json.loads(data)
    return Contribution.model_validate({name: known[name] for name in ("schema", "verdict")})


def compared_once() -> Callable[..., Any]:
    """An export is planned when it is written, and afterwards passes for as it was."""
    real, calls = host_files.plan, count()
    return lambda *given: real(*given) if next(calls) == 0 else []


def anywhere() -> Callable[..., Any]:
    """A hook that believes the host about where it stands."""
    real: Any = hook.decide
    return lambda *given, **_: real(*given)


def asks_about_anything() -> list[Any]:
    """The operators are asked about whatever review lies there, by a new request each time."""
    return [
        mock.patch("gonogo_graph.hold._refuse_another", NOTHING),
        mock.patch("gonogo_graph.hold._policy", side_effect=map(str, count())),
    ]


GONE: dict[str, tuple[Patches, tuple[str, ...]]] = {
    "the commit proves for itself": (
        lambda: [mock.patch("gonogo_graph.commit.prove", believes)],
        (
            "state-edit",
            "goto-commit",
            "raw-answer",
            "answer-and-goto",
            "answer-and-update",
            "fresh-input",
            "swallowed-interrupt",
            "approval-in-branch",
        ),
    ),
    "a signature is checked against the bytes": (
        lambda: [mock.patch.object(sshsig, "check", unchecked)],
        ("borrowed-signature", "edited-answer"),
    ),
    "only an enrolled key": (lambda: [mock.patch(f"{SIGNOFF}.find", anybody)], ("foreign-key",)),
    "only for this purpose": (
        lambda: [
            mock.patch.object(sshsig, "parse", as_ours),
            mock.patch.object(sshsig, "check", unchecked),
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
        lambda: [mock.patch("gonogo_policies.quorum._persons", each_for_itself)],
        ("one-key-twice",),
    ),
    "a decided run takes no answer": (
        lambda: [mock.patch("gonogo_graph.signing.refuse_decided", NOTHING)],
        ("time-travel", "double-resume", "concurrent-resumes", "no-go-then-goto", "second-decision"),
    ),
    "one answer a key": (
        lambda: [mock.patch.object(SqliteStore, "add_signoff", sign_again)],
        ("concurrent-decisions",),
    ),
    "an abandoned run is not decided": (
        lambda: [mock.patch.object(SqliteStore, "spend", spend_again)],
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
        lambda: [mock.patch.object(proof, "verify_pack", whole)],
        ("edited-pack", "edited-after-signing", "added-file", "linked-file", "edited-review"),
    ),
    "the review is the one that was asked about": (
        lambda: [*asks_about_anything()],
        ("forged-card",),
    ),
    "stored state has a MAC": (
        lambda: [any_mac()],
        (
            *("edited-checkpoint", "moved-checkpoint", "stripped-macs"),
            *("edited-run-row", "edited-result", "other-state-key", "edited-inputs"),
        ),
    ),
    "stored bytes name no code": (lambda: [any_mac(), permissive()], ("code-in-checkpoint",)),
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
        lambda: [mock.patch("gonogo_policies.trust.signers_file.parse", naive_signers)],
        ("open-namespace", "authority-line"),
    ),
    "verify knows the engine": (
        lambda: [mock.patch("gonogo.decision.dsse.verify", lambda data, _: dsse.parse(data))],
        ("verify-outcome",),
    ),
    "verify asks for the sign-offs of an outcome": (
        lambda: [mock.patch("gonogo.decision.DecisionChecks.__call__", return_value=[])],
        ("verify-unsigned",),
    ),
    "verify follows the proof to the root": (
        lambda: [mock.patch.object(Proof, "holds", return_value=True)],
        ("verify-proof",),
    ),
    "the seal has every file's digest": (
        lambda: [
            mock.patch("gonogo_evidence.verify.digests._files", none),
            mock.patch("gonogo_evidence.verify.digests._seal", none),
            mock.patch("gonogo_evidence.verify.attestations.check", none),
        ],
        ("verify-attestation",),
    ),
    "who may sign comes from outside the change": (
        lambda: [
            mock.patch.object(RunContext, "trust", of_the_branch),
            mock.patch(f"{SIGNOFF}.releasable", NOTHING),
        ],
        ("trust-in-branch",),
    ),
    "a role may do what its scope names": (
        lambda: [mock.patch("gonogo_agents.broker.broker.decide", anything)],
        ("role-beyond-scope",),
    ),
    "a worker hands back the field that it was asked for": (
        lambda: [mock.patch("gonogo_agents.workers.client.Worker._result", takes_all)],
        ("role-foreign-field",),
    ),
    "the review has every file's digest": (
        lambda: [
            mock.patch("gonogo_evidence.verify.review._problems", none),
        ],
        ("verify-seal",),
    ),
    "a sign-off is judged at all": (
        lambda: [mock.patch("gonogo_graph.proof.judge", believed), mock.patch(f"{SIGNING}.judge", believed)],
        ("unsigned", "no-statement", "planted-answers"),
    ),
    "evidence is held against request and signature": (
        lambda: [
            mock.patch("gonogo_graph.proof._asked_about", NOTHING),
            mock.patch(f"{SIGNOFF}._same_evidence", NOTHING),
            *asks_about_anything(),
        ],
        ("edited-request", "forged-card-later", "signer-swap"),
    ),
    "a pack is of the run in whose folder it lies": (
        lambda: [
            mock.patch.object(proof, "verify_pack", whole),
            mock.patch("gonogo_graph.proof._of_run", any_run),
            mock.patch("gonogo_graph.proof._asked_about", NOTHING),
            mock.patch(f"{SIGNOFF}._same_evidence", NOTHING),
            *asks_about_anything(),
        ],
        ("swapped-pack",),
    ),
    "nobody reads the keys but their owner": (
        lambda: [mock.patch.object(Path, "stat", closed)],
        ("open-state-key", "open-engine-key"),
    ),
    "a key belongs to one principal, and a principal is one name": (
        lambda: [
            mock.patch("gonogo_policies.trust.signers_file.parse", naive_signers),
            mock.patch(f"{SIGNOFF}.find", last),
        ],
        ("shared-key", "pattern-line"),
    ),
}
HOSTS: dict[str, tuple[Patches, tuple[str, ...]]] = {
    "what a chat hands in is of one form": (
        lambda: [mock.patch("gonogo_policies.contribution.Contribution.model_validate_json", taken)],
        ("chat-approves",),
    ),
    "a chat's words have a MAC": (lambda: [any_mac()], ("chat-forges",)),
    "a chat plays the role that is due": (
        lambda: [mock.patch("gonogo_graph.chat.turn", lambda context, _: chat.waits_for_chat(context))],
        ("chat-out-of-turn",),
    ),
    "a server plays its own role": (
        lambda: [mock.patch("gonogo.mcp.desk.ChatDesk._mine", NOTHING)],
        ("second-server",),
    ),
    "a chat asks within its role's scope": (
        lambda: [
            mock.patch("gonogo_graph.doors.decide", anything),
            mock.patch("gonogo_agents.broker.broker.decide", anything),
        ],
        ("chat-reads-beyond",),
    ),
    "the hook knows what signs": (lambda: [mock.patch("gonogo.hook.line_refused", NOTHING)], ("shell-signs",)),
    "the hook knows keys and state": (
        lambda: [mock.patch("gonogo.hook.trusted", return_value=False)],
        ("chat-reads-state", "chat-writes-state"),
    ),
    "the hook refuses what it cannot read": (
        lambda: [mock.patch("gonogo.hook_shell._hides", NOTHING)],
        ("shell-signs-hidden",),
    ),
    "the hook knows its own repository": (
        lambda: [mock.patch("gonogo.hook.decide", anywhere())],
        ("other-workspace",),
    ),
    "the hook knows gonogo's server": (
        lambda: [mock.patch("gonogo.hook.is_ours", lambda tool: bare(tool).startswith("gonogo_"))],
        ("foreign-tool",),
    ),
    "compiled rules are compared": (
        lambda: [mock.patch("gonogo.hook_start.forged", return_value=False)],
        ("forged-rules",),
    ),
    "an export is compared": (
        lambda: [mock.patch("gonogo.host_files.plan", compared_once())],
        ("edited-export",),
    ),
}
GONE |= HOSTS
CARELESS = ("secret-in-evidence", "ansi-and-bidi", "live-markdown")
"""What gets out then."""
FOLLOWED = ("link-out",)
ALONE: dict[str, str] = {
    "role-reads-home": "without the layers it is allowed and named; tests/agents/test_escapes.py takes them off",
    "self-approval": "the packaged policy allows it",
    "shell-claims": "the packaged policy allows it",
    "subgraph-interrupt": "there is nothing that it could be mounted on",
    "chat-proposes": "nothing but people reads a proposal",
    **dict.fromkeys(
        ("goto-role", "empty-answer", "unknown-interrupt", "renamed-hold-point"), "the graph leads nowhere from there"
    ),
    **dict.fromkeys(("edited-write", "foreign-checkpoint"), "langgraph cannot go on from such a state either"),
}
"""Attacks that execute without no single defence, and why."""
