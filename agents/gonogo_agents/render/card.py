"""The operator's card: plain text for one screen, at most 100 columns and 60 lines. Its digest is signed too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_agents.render.read import (
    Line,
    Say,
    branch_of,
    day,
    evidence_of,
    findings_more,
    findings_of,
    inputs_of,
    points_of,
    recommendation_of,
    result_of,
    risks_of,
    scan_of,
    word,
)
from gonogo_agents.render.safe import clip, plain, width, wrap
from gonogo_agents.render.words import DIGEST, digest_words
from gonogo_evidence.drill import FIELD as DRILL
from gonogo_evidence.replayed import SEALED, told_of
from gonogo_evidence.text import Text, msg
from gonogo_policies.remote import judge_remote
from gonogo_policies.results import as_count, as_list, as_object, as_text, gates_of, reason_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_evidence.ids import JSONObject
    from gonogo_policies.results import State

COLUMNS: Final = 100
LINES: Final = 60
LABEL: Final = 18
"""Columns of the labels at the left."""
ROOMY: Final = 3
MAX_BLOCKERS, MAX_RISKS, MAX_GATES, MAX_SAID = 5, 4, 9, 4
ORDER = {"FAIL": 0, "INCONCLUSIVE": 1, "PASS": 2, "NOT_APPLICABLE": 3}
"""Gates that stand in the way first, and of those that are left out, the ones without an opinion."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the card says that no duty knows."""

    isolation: str = "none"
    trust: str = "local"
    separation: str = "formal"
    since: Text | None = None
    """What changed since the last signed run; None: it was not compared."""
    refused: tuple[int, tuple[str, ...]] = (0, ())
    """How many requests of roles the broker refused until now, and whose: role, step and verb."""
    mode: str = "smoke"
    """Whether models were asked (``live``), their recorded answers taken (``replay``), or neither."""
    said: tuple[str, ...] = ()
    """What chat hosts or models said, most important first: somebody's words, asserted, never measured."""
    budget: Text | None = None
    """What somebody should know of the calls of models: a limit that is nearly used up, or numbers that are ours."""
    handed: Text | None = None
    """Where the run was measured, if not here."""


def card(state: State, pack: JSONObject, say: Say = str, around: Surroundings | None = None) -> str:
    """Render the card.

    Args:
        state: the run's inputs and results.
        pack: what duty 7 handed back.
        say: how sentences are said.
        around: isolation, trust, separation of duties, and what changed since the last signed run.
    """
    parts = [
        _head(state, pack, say),
        _apart(state, say),
        _blockers(state, say),
        _findings(state, say),
        _risks(state, say),
        _gates(state, say),
        _evidence(pack, say),
        _surroundings(state, around or Surroundings(), say) + _redacted(pack, say),
        _digest(pack, say),
    ]
    return "\n".join(_spaced(parts)) + "\n"


def _head(state: State, pack: JSONObject, say: Say) -> list[str]:
    inputs = inputs_of(state)
    run = " / ".join(word(inputs.get(name)) for name in ("layer_id", "model_id", "scope"))
    git = f"{word(inputs.get('git_ref'))} ({branch_of(state, say)}), {day(inputs.get('commit_time'), say)}"
    return [
        *_drill(inputs, say),
        clip(plain(f"{say(msg('Operator card'))} · {word(pack.get('pack_id'))}"), COLUMNS),
        _row(say(msg("Run")), run),
        _row(say(msg("Commit")), git),
        _row(say(msg("Reason")), f"{word(inputs.get('run_reason'))} ({word(inputs.get('operator_id'))})"),
    ]


def _drill(inputs: JSONObject, say: Say) -> list[str]:
    """In a drill, first of all that it is one."""
    if DRILL not in inputs:
        return []
    said = as_object(inputs[DRILL])
    words = msg(
        "DRILL {drill}, seed {seed}: no evidence of production.",
        drill=word(said.get("drill_id")),
        seed=word(said.get("seed")),
    )
    return [clip(plain(say(words)), COLUMNS), ""]


def _apart(state: State, say: Say) -> list[str]:
    """Three things that are never one: what was computed, what a role advises, what a person decides."""
    return [
        _row(say(msg("Verdict")), result_of(state)),
        _row(say(msg("Recommendation")), f"{recommendation_of(state)} ({say(msg('a recommendation only'))})"),
        _row(say(msg("Decision")), say(msg("open"))),
    ]


def _blockers(state: State, say: Say) -> list[str]:
    """What one fault stopped stands there once. Few blockers have room for two rows each."""
    together: dict[str, list[Line]] = {}
    for line in points_of(state, "blockers"):
        together.setdefault(say(line.text), []).append(line)
    lines = [Line(", ".join(one.subject for one in same), same[0].text) for same in together.values()]
    return _listed(say(msg("Blockers")), lines, MAX_BLOCKERS, 2 if len(lines) <= ROOMY else 1, say)


def _findings(state: State, say: Say) -> list[str]:
    return _listed(say(msg("Findings")), findings_of(state), 5, 2, say, more=findings_more(state))


def _risks(state: State, say: Say) -> list[str]:
    title = say(msg("Risks (likelihood × impact)"))  # noqa: RUF001 - the runbook's own sign
    marked = [
        Line(f"{risk.likelihood}×{risk.impact} {risk.subject}", risk.text)  # noqa: RUF001 - the runbook's own sign
        for risk in risks_of(state)
    ]
    return _listed(title, marked, MAX_RISKS, 2, say)


def _gates(state: State, say: Say) -> list[str]:
    """Which gate looked at what. Those that do not apply are only counted when there is no room."""
    gates = sorted(gates_of(state), key=_rank)
    if not gates:
        return [_row(say(msg("Gates")), say(reason_of(state, "validation")))]
    rows = [_gate(gate, say) for gate in gates[:MAX_GATES]]
    if left := len(gates) - len(rows):
        rows.append(f"  {say(msg('and {count} more', count=left))}")
    return [say(msg("Gates: which looked at what")), *rows]


def _rank(gate: JSONObject) -> tuple[int, bool, bool]:
    """By verdict; then hard ones, and those that read the change, before the others."""
    return ORDER[str(gate["verdict"])], gate["hard"] is not True, gate["read_change"] is not True


def _gate(gate: JSONObject, say: Say) -> str:
    looked = say(_amount(as_count(gate["checked"]), word(gate.get("unit"))))
    read = say(msg("read the change")) if gate["read_change"] is True else say(msg("did not read the change"))
    hard = "" if gate["hard"] is True else f", {say(msg('soft'))}"
    hard += _notes(gate, say)
    said = f"{looked}, {read}{hard}" if gate["checked"] else f"{say(as_text(gate.get('reason')))}{hard}"
    name = clip(plain(word(gate["name"])), 30)
    return clip(f"  {word(gate['verdict']):<14} {name}{' ' * (30 - width(name))} {plain(said)}", COLUMNS)


def _notes(gate: JSONObject, say: Say) -> str:
    """Soft findings are never lost, and a pass that took more than one attempt is no plain pass."""
    told = [str(as_object(one).get("code")) for one in as_list(gate.get("advice"))]
    if "FLAKY" in told:
        return f", {say(msg('FLAKY'))}"
    return f", {say(msg('notes: {count}', count=as_count(gate['advice_count'])))}" if told else ""


def _amount(count: int, unit: str) -> Text:
    """How much a gate looked at, in words."""
    match unit:
        case "files":
            return msg("{count} files", count=count)
        case "fields":
            return msg("{count} fields", count=count)
        case "tests":
            return msg("{count} tests", count=count)
        case "commands":
            return msg("{count} commands", count=count)
        case "packages":
            return msg("{count} packages", count=count)
        case "checks":
            return msg("{count} checks", count=count)
        case "values":
            return msg("{count} values", count=count)
        case _:
            return msg("{count} {unit}", count=count, unit=unit)


def _evidence(pack: JSONObject, say: Say) -> list[str]:
    places = evidence_of(pack)
    return [
        _row(say(msg("Evidence")), places["pack"]),
        _row("", places["report"]),
        _row("", places["manifest"]),
        _row("", places["logs"]),
    ]


def _surroundings(state: State, around: Surroundings, say: Say) -> list[str]:
    label = as_object(value_of(state, "execution").get("label"))
    ran = say(as_text(label)) if label else say(reason_of(state, "execution"))
    ran = ran if around.mode == "smoke" else f"{around.mode} · {ran}"
    since = around.since or msg("not compared with an earlier signed run")
    guards = f"isolation: {around.isolation} · trust: {around.trust} · SoD: {around.separation}"
    return [
        _row(say(msg("Guards")), guards),
        _row(say(msg("Layer run")), ran),
        *_replay(state, say),
        _row(say(msg("Since last")), say(since)),
        _row(say(msg("Remote checks")), _remote(state, say)),
        *([_row(say(msg("Model budget")), say(around.budget))] if around.budget else []),
        *([_row(say(msg("Handed over")), say(around.handed))] if around.handed else []),
        *_refused(around, say),
        *_said(around, inputs_of(state).get("driver") == "model", say),
    ]


def _replay(state: State, say: Say) -> list[str]:
    """Which sealed run recorded what a replay answered from."""
    stored = inputs_of(state).get("replay")
    if stored is None:
        return []
    told = told_of(stored)
    if told["provenance"] == SEALED:
        words = msg("recorded in run {run}, seal verified", run=told["run_id"])
        if count := as_count(as_object(stored).get("words_unproven")):
            words = msg(
                "recorded in run {run}, seal verified, save words in roles: {count}",
                run=told["run_id"],
                count=count,
            )
    else:
        words = msg("provenance: unproven; no sealed run vouches for them")
    return [_row(say(msg("Transcripts")), say(words))]


def _remote(state: State, say: Say) -> str:
    """What the forge said of this commit's checks, or that nobody looked."""
    inputs = as_object(state.get("inputs"))
    stored = as_object(inputs.get("remote_checks"))
    if not stored:
        return say(msg("not seen (the gates that ran here are the proof)"))
    found = judge_remote(stored, str(inputs.get("git_ref")))
    return f"{found.verdict}: {say(found.text)}"


def _refused(around: Surroundings, say: Say) -> list[str]:
    count, whose = around.refused
    return [_row(say(msg("Refused to roles")), f"{count}: {', '.join(whose)}")] if count else []


def _said(around: Surroundings, model: bool, say: Say) -> list[str]:
    """Words of chat agents or of models, each behind a mark of its own, so that none can be taken for the card's."""
    if not around.said:
        return []
    head = say(msg("{count} claims, asserted, checked by nobody", count=len(around.said)))
    lines = [clip(f"  » {plain(words)}", COLUMNS) for words in around.said[:MAX_SAID]]
    return [_row(say(msg("Said by models") if model else msg("Said in chats")), head), *lines]


def _redacted(pack: JSONObject, say: Say) -> list[str]:
    parts = scan_of(pack, say)
    return [_row(say(msg("Secret scan")), " · ".join(parts))] if parts else []


def _digest(pack: JSONObject, say: Say) -> list[str]:
    digest = word(pack.get("pack_digest"))
    words = "-".join(digest_words(digest)) if DIGEST.fullmatch(digest) else say(msg("no sealed pack: nothing to sign"))
    return [_row(say(msg("Pack digest")), digest), _row(say(msg("In four words")), words)]


def _listed(title: str, lines: Sequence[Line], most: int, rows: int, say: Say, *, more: int = 0) -> list[str]:
    if not lines:
        return [_row(title, say(msg("none")))]
    told = [clip(plain(title), COLUMNS)]
    for number, line in enumerate(lines[:most], 1):
        first, *others = wrap(line.said(say), COLUMNS - 5, rows)
        told += [f"  {number}. {first}", *(f"     {other}" for other in others)]
    if left := more + len(lines) - min(most, len(lines)):
        told.append(f"  {say(msg('and {count} more', count=left))}")
    return told


def _row(label: str, words: str) -> str:
    name = clip(plain(label), LABEL - 1)
    return clip(f"{name}{' ' * (LABEL - width(name))}{plain(words)}", COLUMNS)


def _spaced(parts: Iterable[Sequence[str]]) -> list[str]:
    """The parts with an empty line between. Where that is too much for one screen, the empty lines go first."""
    filled = [part for part in parts if part]
    loose = [line for part in filled for line in (*part, "")][:-1]
    return loose if len(loose) <= LINES else [line for part in filled for line in part]
