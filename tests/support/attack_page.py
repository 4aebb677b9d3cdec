"""``docs/attacks.md``: the attacks of the registry, and the failure stories of the field that each of them mounts."""

from __future__ import annotations

from pathlib import Path

from gonogo.attacks import ATTACKS, FAMILIES, Attack

PAGE = Path(__file__).resolve().parents[2] / "docs" / "attacks.md"
HEAD = """# Attacks

Made by `make docs` from the registry in `console/gonogo/attacks/registry.py`.

`gonogo attack` mounts every bypass that is known here on your own configuration: your policy, your signers' names,
your scopes and gates, in a throw-away clone with a home, state folder, trust store and keys of its own. Your
repository, state, trust store and keys are only read; they are looked at before and after, and what changed is
said. Commands of your gates are left out: nothing of yours is started. `gonogo attack NAME...` mounts some,
`--list` names them, `--json` gives one document (`gonogo/attack/v1`).

First the same run is signed genuinely by as many people as your policy asks for, and released: only then does a
refusal say anything (`ATTACK_NO_CONTROL` otherwise). Where several people must sign, all but the attacked one have
signed genuinely. Then, for each attack:

| outcome | what it means |
|---|---|
| refused | gonogo said no in the act, with a code that the attack names (in lower case: what makes words harmless) |
| EXECUTED | it got what it wanted: the run was decided, or the changed evidence was taken. Exit 6 |
| allowed by policy | it went through because your policy says so; the key and its value are named |
| not applicable | there is nothing here that it could be mounted on, and why |
| could not be mounted | its preparation failed or was refused, or another refusal came first. Exit 3 |

Exit 0 takes at least one refusal, nothing executed and everything mounted; the last three outcomes never count as
passed. What an attack came to is not its own word: what was decided on the stage is looked at.

The attackers have what an orchestrator, an agent in the editor or CI has: code on your machine, the graph, both
databases, the run's folder, the ssh-agent; not a signer's private key, and not the place of your trust store.
Whoever has those is you: see [Trust and signing](trust.md).

With the packaged policy two attacks are allowed, and that is the truth about it: whoever started a run may sign it
(`separation.level = formal`), and a program that holds the loaded key can claim that words were typed
(`least_presence.GO = typed`). `level = "strict"` and `GO = "touch"` end both.

The JSON document has `schema`, `repository`, `verdict`, `exit_code`, `counts` (by outcome), `untouched`, `touched`
(paths) and `attacks`, each with `name`, `family`, `text`, `outcome` (`refused`, `EXECUTED`, `allowed`,
`not-applicable`, `broken`), `code`, `why` and `seconds`.

The tests remove each defence in turn and see its attacks execute (`tests/console/test_attack_removed.py`); the few
attacks that a dead end stops as well are listed there with the reason.

"""
STORIES = (
    (
        "effects before an interrupt happen twice; a node runs again from its first line",
        ("time-travel", "double-resume"),
    ),
    ("double and concurrent resumes", ("double-resume", "concurrent-resumes", "concurrent-decisions")),
    ("an old answer answers a later interrupt; `invoke(None)`", ("empty-answer", "stale-request")),
    ("an unknown interrupt id is ignored without a word", ("unknown-interrupt",)),
    ("parallel interrupts and interrupts in subgraphs are mixed up or lost", ("subgraph-interrupt",)),
    ('static breakpoints and "run as node" in a studio pass the gate', ("state-edit", "goto-commit", "goto-role")),
    ("code changes while a run is paused; a renamed gate ends it quietly", ("renamed-hold-point", "other-version")),
    ("a stored checkpoint runs code", ("code-in-checkpoint",)),
    (
        "stored state is edited, mixed up, rolled back",
        ("edited-checkpoint", "edited-write", "moved-checkpoint", "foreign-checkpoint", "stripped-macs"),
    ),
    ("a fresh input orphans the pending approval", ("fresh-input",)),
    ("a time-out that decides", ("expired-request", "expired-signoff")),
    ("a rejected action still executes", ("answer-and-goto", "no-go-then-goto", "second-decision")),
    ("an approval replaces the verdict", ("released-fail",)),
    ("approvals forged through a message, a dictionary, a file", ("raw-answer", "no-statement", "approval-in-branch")),
    ("the gate is swallowed by user code", ("swallowed-interrupt",)),
    ("yes to all: one approval used again", ("replayed-decision", "stale-pack")),
    ("what exactly was approved: the card is not the evidence", ("forged-card", "edited-review", "ansi-and-bidi")),
    ("one actor under two names, and self-approval", ("shared-key", "one-key-twice", "self-approval-strict")),
)
"""Failure stories that users of other frameworks report, and which attacks mount them."""
COLUMNS = "| attack | what is tried | refused by |\n|---|---|---|\n"
FOOT = """
Not mounted, because what they attack is not there: sub-agents that skip the gate (nothing is delegated). Thirty ways
out of a role's confinement are tried by the tests ([Isolation](isolation.md)); here one of them is.
"""


def _codes(attack: Attack) -> str:
    return ", ".join(f"`{code}`" for code in sorted(attack.mount.codes)) or "-"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for family, title in FAMILIES.items():
        rows = "".join(f"| `{one.name}` | {one.text} | {_codes(one)} |\n" for one in ATTACKS if one.family == family)
        parts.append(f"## {str(title)[0].upper()}{str(title)[1:]}\n\n{COLUMNS}{rows}\n")
    stories = "".join(f"| {story} | {', '.join(f'`{name}`' for name in names)} |\n" for story, names in STORIES)
    parts.append(
        f"## Stories that others tell\n\n| what went wrong elsewhere | mounted as |\n|---|---|\n{stories}{FOOT}"
    )
    return "".join(parts)
