"""``gonogo policy-critic``: a change or a diff against the policy packs, with the predecessor's shape on request."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from gonogo.cli.configuration import find
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_agents.render.safe import plain
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.critic import Context, Critique, FileDiff, Pack

SCHEMA = "gonogo/policy-critic/v1"
GATE = "Policy Critic Gate"
FILE = click.Path(path_type=Path)
EXITS = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}
LARGEST = 256 * 1024 * 1024
MOST_WORDS = 1024 * 1024
DROPPED = "out/"
"""The predecessor leaves out what lies below this folder."""
WORDS = ("justification", "test_plan", "author", "related_issue")


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is to be reported."""

    critique: Critique
    pack: Pack
    verdict: str
    reason: Text
    subject: dict[str, str | None]


@click.command(
    "policy-critic",
    help=str(
        msg(
            "Hold a change against the policy packs. Exit 0: nothing blocks; 1: something does; 3: it could not be"
            " told. Without a diff it looks at what changed since the base, as --pr-mode does."
        )
    ),
)
@click.option("--pr-mode", is_flag=True, help=str(msg("what changed since the base, uncommitted and new files too")))
@click.option("--base", help=str(msg("what the change is measured against")))
@click.option("--diff-file", type=FILE, metavar="FILE", help=str(msg("a diff as git prints it, instead")))
@click.option("--diff-stdin", is_flag=True, help=str(msg("the same from standard input")))
@click.option("--changed-files", metavar="A,B", help=str(msg("files that the diff must not leave out")))
@click.option(
    "--context-json", type=FILE, metavar="FILE", help=str(msg("the author's words: justification, test_plan"))
)
@click.option("--pack", metavar="NAME|FILE", help=str(msg("another policy pack (default: that of the gate)")))
@click.option("--json-only", is_flag=True, help=str(msg("JSON, and nothing on standard error")))
@click.option(
    "--compat", is_flag=True, help=str(msg("the predecessor's JSON and exit codes: 0, 2 blocked, 1 no input"))
)
@json_option
@repo_option
@pass_output
def command(output: Output, /, **asked: Any) -> int:  # noqa: ANN401 - click's names and types
    """Judge a diff."""
    output.json = output.json or asked["json_only"] or asked["compat"]
    try:
        judged = _judge(output, asked)
    except GonogoError as error:
        if not asked["compat"]:
            raise
        output.say(error.what)
        return 1
    if asked["compat"]:
        return _as_predecessor(output, judged, quiet=asked["json_only"])
    output.result(_document(output, judged), _text(output, judged))
    return EXITS[judged.verdict]


def _judge(output: Output, asked: dict[str, Any]) -> _Judged:
    from gonogo_agents.detectors import find_secrets  # noqa: PLC0415 - only when it is used
    from gonogo_policies.critic import DiffInvalid, criticise, read_diff  # noqa: PLC0415 - the same

    if sum((asked["pr_mode"] or asked["base"] is not None, asked["diff_file"] is not None, asked["diff_stdin"])) > 1:
        raise BadInput(
            "CRITIC_WHICH",
            msg("Say one thing to look at: --pr-mode, --diff-file or --diff-stdin."),
            next_step=msg("gonogo policy-critic --help"),
        )
    pack, context = _pack(output, asked["pack"], asked["repo"]), _context(asked["context_json"])
    with tempfile.TemporaryDirectory(prefix="gonogo-critic-") as name:
        folder = Path(name).resolve()
        data, subject = _diff(output, asked, folder)
        try:
            files = read_diff(data)
        except DiffInvalid as error:
            raise BadInput(
                "DIFF_INVALID",
                msg("This is no diff as git prints it: {reason}.", reason=error.reason),
                where=f"{subject['diff'] or 'git'}:{error.line}",
                next_step=msg("git diff BASE...HEAD > FILE"),
            ) from error
        if asked["compat"]:
            files = tuple(file for file in files if not file.path.startswith(DROPPED))
        critique = criticise(files, pack, context, lambda texts: find_secrets(output.world, folder / "secrets", texts))
    verdict, reason = _verdict(critique, files, asked["changed_files"])
    return _Judged(critique, pack, verdict, reason, subject)


def _diff(output: Output, asked: dict[str, Any], folder: Path) -> tuple[bytes, dict[str, str | None]]:
    """The diff, and where it is from."""
    nothing = dict.fromkeys(("diff", "base", "base_rule", "commit"))
    if asked["diff_stdin"]:
        return sys.stdin.buffer.read(LARGEST), {**nothing, "diff": "-"}
    if asked["diff_file"] is not None:
        return read_bytes(asked["diff_file"], limit=LARGEST), {**nothing, "diff": str(asked["diff_file"])}
    from gonogo_agents.git_fence import fenced  # noqa: PLC0415 - only when it is used
    from gonogo_agents.repository import open_repository  # noqa: PLC0415 - the same
    from gonogo_graph.gating import Look, changed_lines, measured  # noqa: PLC0415 - the same

    repository = fenced(open_repository(output.world, asked["repo"] or Path.cwd()), folder)
    snapshot, base, rule = measured(repository, Look(changed=True, base=asked["base"]), folder)
    commit = None if snapshot.differs else snapshot.commit
    return changed_lines(snapshot, base, folder), {"diff": None, "base": base, "base_rule": rule, "commit": commit}


def _pack(output: Output, named: str | None, repo: Path | None) -> Pack:
    from gonogo_policies.config.policies import packaged_pack, read_pack_file  # noqa: PLC0415 - only when it is used
    from gonogo_policies.config.policy_packs import put_together  # noqa: PLC0415 - the same
    from gonogo_policies.critic import read_pack  # noqa: PLC0415 - the same

    if named is None:
        gate = find(output, repo).config.gate(GATE)
        if gate is not None and gate.policy is not None:
            return read_pack(gate.policy.model_dump(mode="json"))
        named = "default"
    if named.endswith(".toml"):
        place = Path(named)
        packs = {place.stem: read_pack_file(read_bytes(place, limit=MOST_WORDS), place=named)}
    else:
        packs = {named: packaged_pack(named)}
    return read_pack(put_together(packs).model_dump(mode="json"))


def _context(place: Path | None) -> Context:
    from gonogo_policies.critic import Context  # noqa: PLC0415 - only when it is used

    if place is None:
        return Context()
    try:
        stored: object = json.loads(read_bytes(place, limit=MOST_WORDS))
    except (ValueError, RecursionError) as error:
        raise _bad_context(place) from error
    if not isinstance(stored, dict):
        raise _bad_context(place)
    said = {name: value for name, value in cast("dict[str, object]", stored).items() if name in WORDS}
    words = {name: value for name, value in said.items() if isinstance(value, str)}
    if words != said:
        raise _bad_context(place)
    return Context(**words)


def _bad_context(place: Path) -> BadInput:
    return BadInput(
        "CRITIC_CONTEXT",
        msg("The author's words are a JSON object of strings: {names}.", names=", ".join(WORDS)),
        where=str(place),
    )


def _verdict(critique: Critique, files: Sequence[FileDiff], listed: str | None) -> tuple[str, Text]:
    """As the gate judges: a block fails whatever else is; what was not read, or nothing at all, is never a pass."""
    blocks = sum(hit.severity == "BLOCK" for hit in critique.hits)
    names = {name for file in files for name in file.names}
    missing = [name for name in (listed or "").split(",") if name.strip() and name.strip() not in names]
    if blocks:
        return "FAIL", msg("Blocking findings: {count}.", count=blocks)
    if not critique.rules:
        return "INCONCLUSIVE", msg("The policy critic has no rule, so nothing was checked.")
    if not files:
        return "INCONCLUSIVE", msg("The diff is empty, so nothing was checked.")
    if missing:
        return "INCONCLUSIVE", msg("The diff leaves out changed files: {names}.", names=", ".join(missing[:5]))
    if critique.combined:
        return "INCONCLUSIVE", msg("The diff is one of a merge: what came from one side alone is not in it.")
    if critique.unread:
        names_of = ", ".join(plain(one) for one in critique.unread[:5])
        return "INCONCLUSIVE", msg("The diff does not show the content of: {names}.", names=names_of)
    return "PASS", msg("Nothing blocks. Told: {count}.", count=len(critique.hits))


def _document(output: Output, judged: _Judged) -> dict[str, object]:
    from gonogo_policies.critic.report import ACTIONS, gravest, violations  # noqa: PLC0415 - only when it is used

    critique, pack = judged.critique, judged.pack
    worst = gravest(critique.hits)
    return {
        "schema": SCHEMA,
        "verdict": judged.verdict,
        "reason": output.words(judged.reason),
        "max_severity": worst,
        "recommended_action": ACTIONS[worst] if judged.verdict != "INCONCLUSIVE" else "REVIEW_REQUIRED",
        "pack": {"ids": list(pack.ids), "version": pack.version, "digest": pack.digest},
        **judged.subject,
        "rules": critique.rules,
        "files": critique.files,
        "lines": critique.lines,
        "unread": list(critique.unread),
        "violations": violations(critique),
    }


def _text(output: Output, judged: _Judged) -> str:
    lines: list[str] = []
    for hit in judged.critique.hits:
        span = f"{hit.start}-{hit.end}" if hit.end > hit.start else str(hit.start)
        place = f"{hit.path}:{span}" if hit.start else hit.path
        lines.append(plain(f"{hit.severity} {place} {hit.rule} {hit.message}"))
    critique = judged.critique
    counts = msg(
        "Rules: {rules}, over changed lines: {lines}, in files: {files}. Policy pack: {pack}.",
        rules=critique.rules,
        lines=critique.lines,
        files=critique.files,
        pack=" ".join(judged.pack.ids),
    )
    fixes = [f"  {fix}" for fix in dict.fromkeys(hit.fix for hit in critique.hits if hit.severity == "BLOCK") if fix]
    return "\n".join([*lines, *fixes, output.words(counts), f"{judged.verdict}: {output.words(judged.reason)}"])


def _as_predecessor(output: Output, judged: _Judged, *, quiet: bool) -> int:
    from gonogo_policies.critic.report import predecessor  # noqa: PLC0415 - only when it is used

    document = predecessor(judged.critique, judged.pack)
    if not quiet:
        output.say(
            msg(
                "{severity}: {action}",
                severity=str(document["max_severity"]),
                action=str(document["recommended_action"]),
            )
        )
    output.result(document, "")
    return 2 if document["max_severity"] == "BLOCK" else 0
