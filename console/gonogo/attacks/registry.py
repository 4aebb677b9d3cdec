"""Every attack, one line each; its name stays. A new one is a function in its family's file and a line here."""

from __future__ import annotations

from typing import Final

from gonogo.attacks import answers, content, graph, hooks, hosts, ledger, pack, roles, signers, state, trust
from gonogo.attacks.interface import Attack
from gonogo_evidence.text import msg

ATTACKS: Final[tuple[Attack, ...]] = (
    Attack("state-edit", "graph", msg("write a decision into the graph's state"), graph.state_edit),
    Attack("goto-commit", "graph", msg("send the paused graph to the commit"), graph.goto_commit),
    Attack("goto-role", "graph", msg("send it to a role that has no duty"), graph.goto_role),
    Attack("raw-answer", "graph", msg("resume with an answer that nobody signed"), graph.raw_answer),
    Attack("empty-answer", "graph", msg("resume with an empty answer"), graph.empty_answer),
    Attack(
        "answer-and-goto", "graph", msg("say NO-GO and send the graph to the commit in one move"), graph.answer_and_goto
    ),
    Attack("answer-and-update", "graph", msg("change the state while resuming"), graph.answer_and_update),
    Attack("unknown-interrupt", "graph", msg("answer an interrupt that nobody asked"), graph.unknown_interrupt),
    Attack("fresh-input", "graph", msg("start the paused thread anew, with duties that claim PASS"), graph.fresh_input),
    Attack(
        "swallowed-interrupt", "graph", msg("a hold point whose code swallows the interrupt"), graph.swallowed_interrupt
    ),
    Attack("renamed-hold-point", "graph", msg("rename the hold point while a run is paused"), graph.renamed_hold_point),
    Attack("other-version", "graph", msg("go on in another version of the graph"), graph.other_version),
    Attack("time-travel", "graph", msg("run a decided run again from every earlier checkpoint"), graph.time_travel),
    Attack("double-resume", "graph", msg("resume a decided run again, then decide otherwise"), graph.double_resume),
    Attack("concurrent-resumes", "graph", msg("four resumes of one signed run at once"), graph.concurrent_resumes),
    Attack("concurrent-decisions", "graph", msg("one key says GO and NO-GO at once"), graph.concurrent_decisions),
    Attack("no-go-then-goto", "graph", msg("a signed NO-GO, and the graph sent on with a GO"), graph.no_then_goto),
    Attack("second-decision", "graph", msg("a GO after a committed NO-GO"), graph.second_after_no),
    Attack("subgraph-interrupt", "graph", msg("an interrupt inside a part of the graph"), graph.subgraph),
    Attack("edited-checkpoint", "state", msg("other verdicts in the stored checkpoint"), state.edited_checkpoint),
    Attack("edited-write", "state", msg("another value in a pending write"), state.edited_write),
    Attack("moved-checkpoint", "state", msg("an earlier checkpoint in the newest one's place"), state.moved_checkpoint),
    Attack(
        "foreign-checkpoint", "state", msg("another run's checkpoint in this one's place"), state.foreign_checkpoint
    ),
    Attack("stripped-macs", "state", msg("the MACs of the stored state removed"), state.stripped_macs),
    Attack("code-in-checkpoint", "state", msg("a checkpoint that names a command to run"), state.code_in_checkpoint),
    Attack("edited-run-row", "state", msg("a run row that says COMMITTED, GO"), state.edited_row),
    Attack("edited-inputs", "state", msg("another starter in the run's frozen inputs"), state.edited_inputs),
    Attack("edited-result", "state", msg("a duty's result edited, and the checkpoints removed"), state.edited_result),
    Attack("open-state-key", "state", msg("the key of the MACs readable by others"), state.open_state_key),
    Attack("open-engine-key", "state", msg("the engine's key readable by others"), state.open_engine_key),
    Attack("other-state-key", "state", msg("the key of the MACs replaced"), state.other_state_key),
    Attack("unsigned", "answer", msg("a decision without a signature"), answers.unsigned),
    Attack("no-statement", "answer", msg("a signed message that is no decision"), answers.no_statement),
    Attack("foreign-key", "answer", msg("a decision signed by a key that nobody enrolled"), answers.foreign_key),
    Attack(
        "borrowed-signature",
        "answer",
        msg("the signature of a NO-GO beside the words of a GO"),
        answers.borrowed_signature,
    ),
    Attack("wrong-namespace", "answer", msg("a signature that was made for git"), answers.wrong_namespace),
    Attack("close-namespace", "answer", msg("a signature that was made to close a condition"), answers.close_namespace),
    Attack("other-principal", "answer", msg("signed in another person's name"), answers.other_principal),
    Attack("replayed-decision", "answer", msg("the decision of another run"), answers.other_run),
    Attack("stale-pack", "answer", msg("a decision about another pack"), answers.stale_pack),
    Attack("stale-review", "answer", msg("a decision about another review"), answers.stale_review),
    Attack("stale-policy", "answer", msg("a decision under another policy"), answers.stale_policy),
    Attack("stale-request", "answer", msg("an answer to a request that was replaced"), answers.stale_request),
    Attack("expired-signoff", "answer", msg("a decision carried on after its time"), answers.expired_signoff),
    Attack("expired-request", "answer", msg("a request that ran out, and then counts"), answers.expired_request),
    Attack("endless-signoff", "answer", msg("a decision that says it is good for ten years"), answers.endless_signoff),
    Attack("early-signoff", "answer", msg("a decision from before anybody was asked"), answers.early_signoff),
    Attack("future-signoff", "answer", msg("a decision from tomorrow"), answers.future_signoff),
    Attack("expired-key", "answer", msg("a key that was valid until yesterday"), answers.expired_key),
    Attack("self-approval", "answer", msg("whoever started the run signs it"), signers.self_approval),
    Attack(
        "self-approval-strict",
        "answer",
        msg("the same where policy says: different people"),
        signers.self_approval_strict,
    ),
    Attack(
        "shell-unproven", "answer", msg("a host's shell signs through the loaded ssh-agent"), signers.shell_unproven
    ),
    Attack("shell-claims", "answer", msg("the same, claiming the presence that policy asks for"), signers.shell_claims),
    Attack("false-touch", "answer", msg("an ordinary key that claims a hardware key's touch"), signers.false_touch),
    Attack("one-key-twice", "answer", msg("one person answers for two"), signers.one_key_twice),
    Attack("edited-answer", "ledger", msg("a NO-GO in the ledger made a GO"), ledger.edited_answer),
    Attack("edited-request", "ledger", msg("a request in the ledger made to name another pack"), ledger.edited_request),
    Attack("planted-answers", "ledger", msg("rows that say GO in every signer's name"), ledger.planted_answers),
    Attack(
        "forged-outcome", "ledger", msg("a single-use row with the engine's own attestation"), ledger.forged_outcome
    ),
    Attack("turned-outcome", "ledger", msg("the single-use row of a NO-GO made a GO"), ledger.turned_outcome),
    Attack(
        "forgotten-decision",
        "ledger",
        msg("a decision removed from the ledger, then another"),
        ledger.forgotten_decision,
    ),
    Attack(
        "forged-close", "ledger", msg("a condition closed by a row that no signer's key bears"), ledger.forged_close
    ),
    Attack("abandoned-run", "ledger", msg("an abandoned run sent to the commit"), ledger.abandoned_run),
    Attack("edited-pack", "pack", msg("the pack changed before it is signed"), pack.edited_pack),
    Attack("edited-after-signing", "pack", msg("the pack changed after it was signed"), pack.edited_after_signing),
    Attack("added-file", "pack", msg("a file more in the pack"), pack.added_file),
    Attack("linked-file", "pack", msg("a sealed file replaced by a link"), pack.linked_file),
    Attack("swapped-pack", "pack", msg("another run's pack under this one's name"), pack.swapped_pack),
    Attack("edited-review", "pack", msg("the review changed before it is signed"), pack.edited_review),
    Attack("forged-card", "pack", msg("another card, with digests that fit"), pack.forged_card),
    Attack("forged-card-later", "pack", msg("another card after the signature"), pack.forged_card_later),
    Attack("verify-attestation", "pack", msg("verify: an attestation by another key"), pack.verify_attestation),
    Attack("verify-seal", "pack", msg("verify: a seal by another engine"), pack.verify_seal),
    Attack("verify-outcome", "pack", msg("verify: an outcome by another engine"), pack.verify_outcome),
    Attack("verify-unsigned", "pack", msg("verify: an outcome without its sign-offs"), pack.verify_unsigned),
    Attack("verify-proof", "pack", msg("verify: a proof of inclusion that was changed"), pack.verify_proof),
    Attack("removed-index", "pack", msg("the evidence index removed while a run waits"), pack.removed_index),
    Attack(
        "rolled-back-index", "pack", msg("the evidence index put back to before the decision"), pack.rolled_back_index
    ),
    Attack("policy-swap", "trust", msg("another policy between signature and commit"), trust.policy_swap),
    Attack("signer-swap", "trust", msg("one signer more between signature and commit"), trust.signer_swap),
    Attack("shared-key", "trust", msg("a second principal on a signer's key"), trust.shared_key),
    Attack("pattern-line", "trust", msg("a pattern among the allowed signers"), trust.pattern_line),
    Attack("open-namespace", "trust", msg("a signer's line without namespaces"), trust.open_namespace),
    Attack("authority-line", "trust", msg("a certificate authority among the signers"), trust.authority_line),
    Attack("other-trust-store", "trust", msg("a variable that leads to another trust store"), trust.other_trust_store),
    Attack("other-ledger", "trust", msg("a variable that leads to a copy of the ledger"), trust.other_ledger),
    Attack("lost-pin", "trust", msg("the ledger's pin removed"), trust.lost_pin),
    Attack("open-trust-store", "trust", msg("a list of signers that others can write"), trust.open_trust_store),
    Attack("trust-in-branch", "content", msg("the branch enrols its own signer and policy"), content.trust_in_branch),
    Attack(
        "approval-in-branch",
        "content",
        msg("a file of the branch says that it is approved"),
        content.approval_in_branch,
    ),
    Attack("released-fail", "content", msg("everybody signs GO on a verdict of FAIL"), content.released_fail),
    Attack("secret-in-evidence", "content", msg("a token in the reason and in a file"), content.secret_in_evidence),
    Attack("ansi-and-bidi", "content", msg("escape sequences in a reason and a file's name"), content.ansi_and_bidi),
    Attack("live-markdown", "content", msg("a link and HTML in a reason"), content.live_markdown),
    Attack("link-out", "content", msg("a link in the branch that leads out of the repository"), content.link_out),
    Attack("role-beyond-scope", "role", msg("a role asks for a gate, a secret and the seal"), roles.beyond_scope),
    Attack("role-foreign-field", "role", msg("a role hands back another role's field"), roles.foreign_field),
    Attack("role-reads-home", "role", msg("a role's code reads a file of the operator's home"), roles.role_reads),
    Attack("chat-approves", "host", msg("a chat hands in a decision with its words"), hosts.approves),
    Attack("chat-proposes", "host", msg("a chat proposes GO, and the run is carried on"), hosts.proposes),
    Attack("chat-forges", "host", msg("words that nobody handed in lie in a role's place"), hosts.forges),
    Attack("chat-out-of-turn", "host", msg("a role's agent speaks while another is due"), hosts.out_of_turn),
    Attack("second-server", "host", msg("a server of one role plays another"), hosts.second_server),
    Attack("chat-reads-beyond", "host", msg("a chat asks for files that its role may not read"), hosts.reads_beyond),
    Attack("shell-signs", "host", msg("the host's shell is told to sign"), hosts.shell_signs),
    Attack("edited-export", "host", msg("the exported hook made to allow everything"), hosts.edited_export),
    Attack("chat-reads-state", "host", msg("a chat reads a key of the state folder"), hooks.reads_state),
    Attack("chat-writes-state", "host", msg("a chat writes into the ledger"), hooks.writes_state),
    Attack(
        "shell-signs-hidden", "host", msg("a line for the shell that signs and does not say so"), hooks.signs_hidden
    ),
    Attack(
        "other-workspace", "host", msg("a workspace that leads the hook to another repository"), hooks.leads_elsewhere
    ),
    Attack("foreign-tool", "host", msg("another server's tool under the name of gonogo's"), hooks.another_server),
    Attack("forged-rules", "host", msg("the hook's compiled rules forged"), hooks.forges_rules),
)
