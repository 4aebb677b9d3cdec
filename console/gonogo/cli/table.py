"""The table of commands, and the help that is made from it alone: no command is imported to list it, nor is click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_agents.texts import Translator

DECIDE = msg("Run and decide")
CHECK = msg("Look and check")
PREPARE = msg("Set up and understand")


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its name, where it lives (``module:attribute``), its place in the help, and one line about it."""

    name: str
    heading: Text
    help: Text

    @property
    def target(self) -> str:
        """``module:attribute`` of the click command."""
        return f"gonogo.cli.{self.name.replace('-', '_')}:command"


TABLE: tuple[Entry, ...] = (
    Entry("run", DECIDE, msg("start a run: six roles, steps A to G, up to the hold point")),
    Entry("inbox", DECIDE, msg("the runs that wait for somebody")),
    Entry("show", DECIDE, msg("the card of a run or pack: verdict and blockers first")),
    Entry("sign", DECIDE, msg("sign a decision: GO, NO-GO or GO-WITH-CONDITIONS")),
    Entry("resume", DECIDE, msg("check the signed decision, commit it once, finish the run")),
    Entry("close", DECIDE, msg("report a condition of the decision as met, signed")),
    Entry("abandon", DECIDE, msg("end a run without a decision, on the record")),
    Entry("handoff", DECIDE, msg("carry a waiting run to another machine, and take it up")),
    Entry("gates", CHECK, msg("run gates over the desk, a change or a commit")),
    Entry("policy-critic", CHECK, msg("hold a change or a diff against the policy packs")),
    Entry("docs", CHECK, msg("documents: mend references for certain, and see link debt")),
    Entry("nightly", CHECK, msg("run all layers headless, without a key, to the hold point")),
    Entry("verify", CHECK, msg("check a pack offline: authentic, verdict, decision")),
    Entry("reproduce", CHECK, msg("run a pack again from its manifest, compare byte for byte")),
    Entry("diff", CHECK, msg("what changed between two packs or runs")),
    Entry("evidence", CHECK, msg("make, check and migrate evidence packs of every form")),
    Entry("index", CHECK, msg("the evidence index: list, prove, check, compare, append")),
    Entry("witness", CHECK, msg("countersign somebody else's evidence index")),
    Entry("attack", CHECK, msg("try every known bypass on a copy of your configuration")),
    Entry("controls", CHECK, msg("the runbook line by line: check, test, evidence, holes")),
    Entry("doctor", CHECK, msg("what is installed, what is on, what cannot be checked")),
    Entry("drill", PREPARE, msg("train the operator on a throw-away desk, scored")),
    Entry("init", PREPARE, msg("enrol your public key and write config/")),
    Entry("export", PREPARE, msg("role prompts, agents, hooks, MCP settings for a host")),
    Entry("mcp", PREPARE, msg("the MCP server for chat hosts; no tool of it approves")),
    Entry("hook", PREPARE, msg("a chat host's hook: decides one tool call, always")),
    Entry("layers", PREPARE, msg("the layers, and what a run of each would use")),
    Entry("models", PREPARE, msg("the model registry")),
    Entry("explain", PREPARE, msg("what an error code means and what to do")),
    Entry("completion", PREPARE, msg("completion for bash, zsh or fish")),
)

OPTIONS: tuple[tuple[str, Text], ...] = (
    ("--lang de|en|auto", msg("language of what is said (auto: from the environment)")),
    ("-v, --verbose", msg("say more")),
    ("--debug", msg("show tracebacks")),
    ("--version", msg("show the version")),
    ("-h, --help", msg("show this help; COMMAND --help for its options")),
)

EXITS: tuple[tuple[str, Text], ...] = (
    ("0", msg("passed, or an unconditional GO is committed")),
    ("1", msg("failed, or NO-GO")),
    ("2", msg("bad arguments, or not found")),
    ("3", msg("inconclusive: could not check")),
    ("4", msg("waits for the operator")),
    ("5", msg("refused: scope, separation of duties, signer, policy")),
    ("6", msg("integrity broken: bytes changed")),
    ("130", msg("interrupted")),
)


WIDTH = max(len(option) for option, _ in OPTIONS)


def help_text(say: Translator, gonogo: str) -> str:
    """The help of the whole command, in the language of ``say``; ``gonogo`` is the executable as it was called."""
    parts = [
        say(msg("Usage: {gonogo} [OPTIONS] COMMAND [ARGUMENTS]", gonogo=gonogo)),
        "",
        say(msg("Governed AI runs that stop until a human signs exactly the evidence.")),
    ]
    for heading in (DECIDE, CHECK, PREPARE):
        rows = [(entry.name, entry.help) for entry in TABLE if entry.heading is heading]
        parts += _section(say, heading, rows)
    parts += _section(say, msg("Options"), OPTIONS)
    parts += _section(say, msg("Exit codes"), EXITS)
    return "\n".join(parts)


def _section(say: Translator, heading: Text, rows: Iterable[tuple[str, Text]]) -> list[str]:
    return ["", say(heading) + ":", *(f"  {left:<{WIDTH}}  {say(right)}" for left, right in rows)]
