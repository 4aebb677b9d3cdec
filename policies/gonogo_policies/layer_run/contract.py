"""Whether a proposer's answer keeps its layer's output contract, and a critic's answer is a clear one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from gonogo_evidence.text import Text, msg
from gonogo_policies.layer_run.answers import Read, read_answer, strings
from gonogo_policies.layer_run.meaning import forbidden_in, instructions_in
from gonogo_policies.layer_run.shapes import critic_schema, proposal_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict

Decision: TypeAlias = Literal["APPROVE", "APPROVE_WITH_CHANGES", "REJECT"]
EMPTY: Final = frozenset({"", "-", ".", "n/a", "na", "none", "tbd", "todo", "unknown", "keine"})
"""Words that say nothing where something is demanded."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a layer's answer must hold: the scope's output types and its output contract."""

    allowed: tuple[str, ...]
    forbidden: tuple[str, ...]
    fields: tuple[str, ...]
    decisions: tuple[str, ...] = ()
    min_citations: int = 0
    min_scenarios: int = 0
    demanded: tuple[str, ...] = ()
    """Fields that a demand of the contract needs beside ``fields`` (``limitations``, ``risk_checklist``, ...)."""

    def schema(self, evidence: Sequence[str]) -> JSONObject:
        """The schema of an answer that may cite these inputs."""
        fields = tuple(dict.fromkeys((*self.fields, *self.demanded)))
        return proposal_schema(fields, self.allowed, evidence, self.decisions)


DEMANDS: Final = {
    "require_limitations": "limitations",
    "require_uncertainty": "uncertainty",
    "require_no_trade_triggers": "no_trade_triggers",
    "require_risk_checklist": "risk_checklist",
    "require_evidence_ids": "evidence_ids",
    "require_rationale": "rationale",
}


def contract_of(limits: JSONObject, stored: JSONObject) -> Contract:
    """The contract from a run's frozen inputs: the scope's limits, and its ``[output_contract]``."""
    minimum, scenarios = stored.get("min_citations"), stored.get("min_scenarios")
    return Contract(
        allowed=_words(limits.get("outputs_allowed")),
        forbidden=_words(limits.get("outputs_forbidden")),
        fields=_words(stored.get("required_fields")),
        decisions=_words(stored.get("allowed_decisions")),
        min_citations=minimum if isinstance(minimum, int) else 0,
        min_scenarios=scenarios if isinstance(scenarios, int) else 0,
        demanded=tuple(field for name, field in DEMANDS.items() if stored.get(name) is True),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A proposal held against its contract."""

    verdict: Verdict
    text: Text
    value: JSONObject
    """The proposal; empty where it could not be read."""
    cited: tuple[str, ...] = ()


def hold(content: str, contract: Contract, evidence: Sequence[str], inputs: Mapping[str, str]) -> Held:
    """Hold an answer against the contract.

    Args:
        content: what the proposer wrote.
        contract: the layer's.
        evidence: ids that may be cited.
        inputs: the texts that it was shown, by path, to find where an instruction came from.
    """
    read = read_answer(content, contract.schema(evidence))
    if read.problem:
        return Held("FAIL", _why_unread(content, contract, read), {})
    cited = tuple(sorted({name for name in _cited(read.value) if name in evidence}, key=list(evidence).index))
    problem = next(_problems(read.value, contract, cited, inputs), None)
    if problem is not None:
        return Held("FAIL", problem, read.value, cited)
    text = msg(
        "The proposal keeps its contract: {type}, inputs cited: {cited}.",
        type=str(read.value["output_type"]),
        cited=len(cited),
    )
    return Held("PASS", text, read.value, cited)


def _why_unread(content: str, contract: Contract, read: Read) -> Text:
    """A forbidden output type is named before a fault of form: that is what the proposer asked for."""
    loose = read_answer(content, {"type": "object"}).value
    wanted = loose.get("output_type")
    if isinstance(wanted, str) and wanted.casefold() in {name.casefold() for name in contract.forbidden}:
        return msg("The proposer asks for {type}, which the layer's scope forbids.", type=wanted)
    if loose and not [*_cited(loose)]:
        return msg("The proposal cites none of the inputs that it was given: {problem}", problem=read.problem)
    return msg("The proposer's answer is not in the form that its contract demands: {problem}", problem=read.problem)


def _problems(value: JSONObject, contract: Contract, cited: Sequence[str], inputs: Mapping[str, str]) -> Iterator[Text]:
    texts = [*strings({name: item for name, item in value.items() if name not in {"output_type", "decision"}})]
    if found := forbidden_in(texts, contract.forbidden):
        yield msg("The proposal holds what is {type} by its meaning, and that is forbidden: {words}", **_named(found))
    for text in texts:
        for instruction in instructions_in(text):
            yield _injected(instruction.words, inputs)
    if not cited:
        yield msg("The proposal cites none of the inputs that it was given: {problem}", problem="evidence")
    if len(cited) < contract.min_citations:
        yield msg(
            "Different inputs cited: {cited}; the contract demands {least}.",
            cited=len(cited),
            least=contract.min_citations,
        )
    scenarios = value.get("scenarios")
    if contract.min_scenarios and (not isinstance(scenarios, list) or len(scenarios) < contract.min_scenarios):
        count = len(scenarios) if isinstance(scenarios, list) else 0
        yield msg("Scenarios: {count}; the contract demands {least}.", count=count, least=contract.min_scenarios)
    if any(_says_nothing(text) for text in texts):
        yield msg("A field of the proposal says nothing.")


def _says_nothing(text: str) -> bool:
    return text.strip().casefold() in EMPTY or not any(sign.isalpha() for sign in text)


def _injected(words: str, inputs: Mapping[str, str]) -> Text:
    """An instruction to a model in a proposal; where an input says the same, that is where it came from."""
    for path, text in inputs.items():
        for one in instructions_in(text):
            if one.words.casefold() == words.casefold():
                place = f"{path}:{one.line}"
                return msg(
                    "The proposal carries an instruction that stands in an input ({place}): {words}",
                    place=place,
                    words=words,
                )
    return msg("The proposal speaks to a model instead of to a reader: {words}", words=words)


def _named(found: tuple[str, str]) -> dict[str, str]:
    return {"type": found[0], "words": found[1]}


def _cited(value: JSON) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in cast("JSONObject", value).items():
            if name in {"evidence", "evidence_ids"}:
                yield from strings(item)
            else:
                yield from _cited(item)
    elif isinstance(value, list):
        for item in value:
            yield from _cited(item)


@dataclass(frozen=True, slots=True)
class Critique:
    """A critic's answer."""

    verdict: Verdict
    text: Text
    decision: Decision | None = None
    rationale: str = ""
    evidence_ids: tuple[str, ...] = ()
    required_changes: tuple[str, ...] = ()


def read_critique(content: str, evidence: Sequence[str]) -> Critique:
    """Read a critic's answer. Its field ``decision`` alone decides; REJECT is FAIL, what is not clear INCONCLUSIVE."""
    read = read_answer(content, critic_schema(evidence))
    if read.problem:
        return Critique("INCONCLUSIVE", msg("The critic's answer is not clear: {problem}", problem=read.problem))
    decision = cast("Decision", read.value["decision"])
    rationale, changes = str(read.value["rationale"]), _words(read.value["required_changes"])
    ids = tuple(dict.fromkeys(_words(read.value["evidence_ids"])))
    if problem := _unclear(decision, rationale, changes):
        return Critique("INCONCLUSIVE", problem)
    if decision == "REJECT":
        text = msg("The critic rejects the proposal: {rationale}", rationale=rationale[:300])
        return Critique("FAIL", text, decision, rationale, ids, changes)
    text = msg(
        "The critic decided {decision}; changes that it demands: {count}.", decision=decision, count=len(changes)
    )
    return Critique("INCONCLUSIVE" if changes else "PASS", text, decision, rationale, ids, changes)


def _unclear(decision: Decision, rationale: str, changes: Sequence[str]) -> Text | None:
    if _says_nothing(rationale):
        return msg("The critic's answer is not clear: {problem}", problem="no rationale")
    if (decision == "APPROVE_WITH_CHANGES") != bool(changes) and decision != "REJECT":
        return msg(
            "The critic's answer is not clear: {problem}", problem=f"{decision}, required_changes: {len(changes)}"
        )
    if instructions_in(rationale):
        return msg("The critic's answer is not clear: {problem}", problem="it carries an instruction to a model")
    return None


def _words(value: JSON) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()
