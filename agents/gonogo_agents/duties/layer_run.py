"""Duty 5 with models (``live`` and ``replay``): a proposer's artifact, then the decision of a critic that is another.

The engine asks the models; here their answers are judged: by the layer's output contract, and by who answered as the
recorded responses say. What is said of them follows from the recorded exchanges alone, so a replay says the same.
Hard: D-PROPOSER, D-CONTRACT, D-CRITIC, D-SOD; D-SHOWN where a file that the layer may see was shown to no model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from gonogo_agents.duties.facts.shapes import as_object, check, objects_of, strings_of
from gonogo_agents.duties.plan_words import CRITIC, JSON_TYPE, PROPOSAL, REPORT, REPORT_SUMMARY
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg
from gonogo_policies.change import first
from gonogo_policies.layer_run.contract import Critique, Held, contract_of, hold, read_critique
from gonogo_policies.layer_run.governance import critic_report, report_text, summary_text
from gonogo_policies.results import as_json
from gonogo_policies.separation import same_actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.duty import Ask
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict

COMPLETE: Final = frozenset({"stop", "end_turn", "STOP", "eos"})
"""How a whole answer ends, as providers call it."""
RECORDED: Final = "recording"
WHY: Final = "follows from the recorded answer of a model"
GOVERNANCE: Final = "L4"


@dataclass(frozen=True, slots=True)
class Side:
    """What one side came to: the engine's answer, or why there is none."""

    told: JSONObject
    failure: Text | None

    @property
    def content(self) -> str:
        """The words of the answer; empty where there is none."""
        return str(as_object(self.told.get("answer")).get("content") or "")

    def word(self, name: str) -> str:
        """A word of what the engine told."""
        value = self.told.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class LayerRun:
    """What the layer run came to: for the duty's result."""

    label: Text
    value: JSONObject
    observed: JSONObject
    outputs: list[JSONObject]
    checks: list[JSONObject]


def layer_run(inputs: JSONObject, ask: Ask) -> LayerRun:
    """Ask proposer and critic, judge, write both artifacts. No critic is asked about what broke its contract."""
    proposer = _asked(ask, "proposer")
    shown = objects_of(proposer.told.get("inputs"))
    ids = [str(one["id"]) for one in shown]
    held = _held(inputs, proposer, ids)
    critic = (
        _asked(ask, "critic")
        if held.verdict == "PASS"
        else Side({}, msg("The critic was not asked: {why}", why=str(held.text)))
    )
    critique = (
        read_critique(critic.content, ids) if critic.failure is None else Critique("INCONCLUSIVE", critic.failure)
    )
    outputs = [
        _write(ask, PROPOSAL, _proposal(proposer, held)),
        _write(ask, CRITIC, _criticism(proposer, critic, critique)),
    ]
    if inputs.get("layer_id") == GOVERNANCE:
        outputs += _report(inputs, ask, held, shown)
    sides = {"proposer": proposer, "critic": critic}
    return LayerRun(
        _label(proposer, critic, critique),
        {
            "models": {name: _who(side) for name, side in sides.items()},
            "prompts": {name: _prompt(side) for name, side in sides.items()},
            "inputs": cast("JSON", shown),
            "left_out": proposer.told.get("left_out", []),
            "decision": critique.decision,
            "rationale": critique.rationale,
            "evidence_ids": list(critique.evidence_ids),
            "required_changes": list(critique.required_changes),
        },
        _observed(inputs, sides),
        outputs,
        [
            _proposed(proposer),
            *_unseen(proposer),
            _contract(held),
            _criticised(critic, critique),
            _separate(inputs, proposer, critic),
        ],
    )


def _observed(inputs: JSONObject, sides: Mapping[str, Side]) -> JSONObject:
    """What no re-run has: attempts by side; and of a replay who vouches for what it answered from."""
    seen: dict[str, JSON] = {
        name: {**as_object(side.told.get("observed")), "mode": inputs.get("mode")} for name, side in sides.items()
    }
    return {**seen, **({"replay": inputs["replay"]} if "replay" in inputs else {})}


def _asked(ask: Ask, side: str) -> Side:
    try:
        told = as_object(ask("model.invoke", side=side))
    except GonogoError as error:
        return Side({"code": error.code}, error.what)
    failure = as_object(told.get("failure"))
    if failure:
        model, kind = str(told.get("asked")), str(failure.get("kind"))
        text = msg(
            "{model} gave no answer ({kind}): {text}", model=model, kind=kind, text=str(failure.get("text"))[:200]
        )
        return Side(told, text)
    return Side(told, _unusable(told))


def _unusable(told: JSONObject) -> Text | None:
    """Why an answer that came cannot be used: cut short, a tool that nobody offered, or another model's."""
    answer = as_object(told.get("answer"))
    if tools := strings_of(answer.get("tool_calls")):
        return msg(
            "{model} asked for a tool that its request did not offer: {tool}",
            model=str(told.get("asked")),
            tool=tools[0],
        )
    if answer.get("finish_reason") not in COMPLETE:
        return msg(
            "The answer of {model} was cut short ({reason}).",
            model=str(told.get("asked")),
            reason=str(answer.get("finish_reason")),
        )
    if told.get("model") != told.get("asked"):
        return msg(
            "{model} was asked, and {other} answered.",
            model=str(told.get("asked")),
            other=ascii(told.get("reported"))[1:-1],
        )
    return None


def _held(inputs: JSONObject, proposer: Side, ids: list[str]) -> Held:
    if proposer.failure is not None:
        return Held("INCONCLUSIVE", proposer.failure, {})
    contract = contract_of(
        as_object(inputs.get("scope_limits")), as_object(as_object(inputs.get("asked")).get("contract"))
    )
    texts = {path: str(text) for path, text in as_object(proposer.told.get("texts")).items()}
    return hold(proposer.content, contract, ids, texts)


def _proposal(side: Side, held: Held) -> JSONObject:
    return {
        "schema": "gonogo/proposal/v1",
        "verdict": held.verdict,
        "text": as_json(held.text),
        **_who(side),
        "request": side.told.get("request"),
        "answer_digest": side.told.get("answer_digest"),
        "prose": "written by a model; not checked beyond its contract",
        "proposal": held.value or None,
        "cited": list(held.cited),
    }


def _criticism(proposer: Side, critic: Side, critique: Critique) -> JSONObject:
    return {
        "schema": "gonogo/critique/v1",
        "verdict": critique.verdict,
        "text": as_json(critique.text),
        **_who(critic),
        "request": critic.told.get("request"),
        "answer_digest": critic.told.get("answer_digest"),
        "about": proposer.told.get("answer_digest"),
        "prose": "written by a model; not checked beyond its schema",
        "decision": critique.decision,
        "rationale": critique.rationale,
        "evidence_ids": list(critique.evidence_ids),
        "required_changes": list(critique.required_changes),
    }


def _report(inputs: JSONObject, ask: Ask, held: Held, shown: list[JSONObject]) -> list[JSONObject]:
    paths = {str(one["id"]): str(one["path"]) for one in shown}
    report = critic_report(held.value, pack=str(inputs.get("git_ref")), mode="record", evidence=paths)
    return [
        _write(ask, REPORT, report_text(report)),
        _write(ask, REPORT_SUMMARY, summary_text(report), "text/markdown"),
    ]


def _write(ask: Ask, path: str, content: JSON, media_type: str = JSON_TYPE) -> JSONObject:
    answer = ask(
        "evidence.append",
        path=path.removeprefix("data/"),
        content=content,
        media_type=media_type,
        determinism="replay",
        reason=WHY,
    )
    return as_object(answer)


def _who(side: Side) -> JSONObject:
    """Who answered, by the recorded response; null where nobody did or nobody knows."""
    return {name: side.told.get(name) for name in ("model", "family", "reported", "asked", "source", "fell_back")}


def _prompt(side: Side) -> JSONObject:
    named = as_object(side.told.get("template"))
    return {**named, "request": side.told.get("request"), "answer": side.told.get("answer_digest")}


def _label(proposer: Side, critic: Side, critique: Critique) -> Text:
    if proposer.failure is not None:
        return msg("no proposal")
    name = proposer.word("model")
    if critic.failure is not None:
        return msg("{proposer} proposed; no critique", proposer=name)
    values = {"proposer": name, "critic": critic.word("model"), "decision": critique.decision or "unclear"}
    if critic.word("source") == RECORDED:
        return msg("{proposer} proposed; a recording criticised: {decision}", **values)
    return msg("{proposer} proposed, {critic} criticised: {decision}", **values)


def _proposed(side: Side) -> JSONObject:
    tools = bool(strings_of(as_object(side.told.get("answer")).get("tool_calls")))
    foreign = bool(side.told.get("answer")) and side.told.get("model") != side.told.get("asked")
    if side.failure is not None:
        verdict: Verdict = "FAIL" if tools or foreign else "INCONCLUSIVE"
        return check("D-PROPOSER", verdict, side.failure, hard=True, basis="absent")
    text = msg("{model} answered in whole, as its response says.", model=side.word("model"))
    if side.word("source") == RECORDED:
        text = msg("The proposal is a recording: a demonstration, and no answer of a model.")
        return check("D-PROPOSER", "INCONCLUSIVE", text, hard=True, basis="asserted")
    return check("D-PROPOSER", "PASS", text, hard=True)


def _unseen(side: Side) -> list[JSONObject]:
    """D-SHOWN: consent says nothing of a file that nobody was shown, and a commit could see to it that one is not."""
    left = [f"{one.get('path')} ({one.get('reason')})" for one in objects_of(side.told.get("left_out"))]
    if not left:
        return []
    text = msg("Changed files that the layer may see were shown to no model: {names}.", names=first(left))
    place: JSONObject = {"file": "core/pack.json", "path": "$.execution.value.left_out"}
    return [check("D-SHOWN", "INCONCLUSIVE", text, hard=True, pointers=[place])]


def _contract(held: Held) -> JSONObject:
    return check("D-CONTRACT", held.verdict, held.text, hard=True, pointers=[{"file": PROPOSAL, "path": "$.proposal"}])


def _criticised(side: Side, critique: Critique) -> JSONObject:
    """A recording is never criticism: somebody put it there, and it has not seen this proposal."""
    pointers: list[JSONObject] = [{"file": CRITIC, "path": "$.decision"}]
    if side.word("source") == RECORDED and critique.verdict == "PASS":
        text = msg("The critic's answer is a recording: a demonstration, and no criticism by a model.")
        return check("D-CRITIC", "INCONCLUSIVE", text, hard=True, basis="asserted", pointers=pointers)
    return check("D-CRITIC", critique.verdict, critique.text, hard=True, pointers=pointers)


def _separate(inputs: JSONObject, proposer: Side, critic: Side) -> JSONObject:
    """Proposer and critic are two models, by their responses (runbook section 0, SoD)."""
    first, second = proposer.word("model"), critic.word("model")
    if not first or not second:
        text = msg(
            "Who answered as proposer and critic is not known from the responses, so that they cannot be compared."
        )
        return check("D-SOD", "INCONCLUSIVE", text, hard=True, basis="absent")
    families = {"first": proposer.word("family"), "second": critic.word("family")}
    if same_actor(first, second):
        return check("D-SOD", "FAIL", msg("{model} answered as proposer and as critic.", model=first), hard=True)
    if as_object(inputs.get("asked")).get("other_family") is True and same_actor(*families.values()):
        text = msg(
            "Proposer {proposer} and critic {critic} are of one family, {family}.",
            proposer=first,
            critic=second,
            family=families["first"],
        )
        return check("D-SOD", "FAIL", text, hard=True)
    text = msg(
        "By their responses, {proposer} proposed and {critic} criticised ({first}, {second}).",
        proposer=first,
        critic=second,
        **families,
    )
    return check("D-SOD", "PASS", text, hard=True)
