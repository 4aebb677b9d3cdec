"""The broker's handler for ``model.invoke``: a side asks, and everything else about the call is decided here.

A role names a side and nothing more. Inputs, prompt, models, keys, budget and record come from the run's frozen inputs,
so that no answer of a model, and nothing that stands in a file, can widen what the next call is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_agents.models.sides import identities, layer_of, request_of, task_of
from gonogo_evidence.errors import BadInput, Inconclusive, Refused
from gonogo_evidence.text import msg
from gonogo_evidence.transcripts import answer_digest
from gonogo_policies.contribution import SPEAKS
from gonogo_policies.layer_run import identity, prompts
from gonogo_policies.layer_run.claims import MEANS, read_words, words_schema
from gonogo_policies.layer_run.contract import contract_of
from gonogo_policies.layer_run.shapes import critic_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gonogo_agents.duty import Role
    from gonogo_agents.models.calls import Caller, Outcome
    from gonogo_agents.models.shown import Inputs
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.transcripts import Exchange
    from gonogo_policies.layer_run.prompts import Shown, Side

SIDES = ("proposer", "critic")


@dataclass(slots=True)
class ModelDesk:
    """Answers ``model.invoke`` for one run.

    Args:
        inputs: the run's frozen inputs; ``asked`` in them is what a run with models has beside a smoke run.
        shown: gives the inputs of the layer run.
        caller: gets answers.
    """

    inputs: Mapping[str, JSON]
    shown: Callable[[], Inputs]
    caller: Caller
    _proposal: Exchange | None = None
    _gathered: Inputs | None = None
    _refused: tuple[str, ...] = ()

    def handlers(self) -> dict[str, Callable[[Mapping[str, JSON]], JSON]]:
        """The verb that the broker hands on to here."""
        return {"model.invoke": self.invoke}

    def invoke(self, arguments: Mapping[str, JSON]) -> JSON:
        """Ask one side.

        Returns:
            ``answer`` (or null with a ``failure``), who answered by its response (``model``, ``family``, null where
            that is not known), the ``request`` by digest, template, inputs, and under ``observed`` what no re-run has.

        Raises:
            BadInput: ``MODEL_SIDE``. Refused: ``SOD_FALLBACK``, ``CRITIC_FIRST``. Inconclusive: ``NO_INPUTS``.
        """
        side = next((one for one in SIDES if one == arguments.get("side")), None)
        if side is None or len(arguments) != 1:
            raise BadInput("MODEL_SIDE", msg("model.invoke takes one side: proposer or critic."))
        self.gathered()
        if side == "proposer":
            outcome = self._propose()
            self._proposal = outcome.exchange
        else:
            outcome = self._criticise()
        return self._told(cast("Side", side), outcome)

    def gathered(self) -> Inputs:
        """What the layer's models are shown, read once."""
        self._gathered = self._gathered or self.shown()
        return self._gathered

    def words(self, role: Role, field: str, seen: Sequence[Shown]) -> JSONObject:
        """Ask what a model has to say in a role, before the duty that writes ``field``. Nothing hangs on the answer.

        Returns:
            What counts of it in the form of a contribution, with who answered (``by``), the template, and the whole
            exchange. Without evidence nobody is asked: there is nothing that a claim could rest on.

        Raises:
            Refused: ``SOD_FALLBACK``.
        """
        ids = [one.id for one in seen]
        if not ids:
            return {**read_words(field, '{"claims": []}', ()).json(), "by": _nobody("no evidence")}
        kinds = "\n".join(f"- {kind}: {MEANS[kind]}" for kind in SPEAKS[field])
        purpose = str(cast("Mapping[str, JSONObject]", self.inputs["roles"])[role]["purpose"])
        about = {"role": role, "purpose": purpose, "kinds": kinds}
        told = prompts.messages("words", layer_of(self.inputs), task_of(self.inputs), seen, role=about)
        outcome = self.caller.call(
            [one.model_id for one in self._candidates()[0]],
            lambda name: request_of(self.inputs, "proposer", name, told, words_schema(field, ids)),
        )
        answer = outcome.exchange.answer
        if answer is None:
            failure = cast("JSONObject", outcome.exchange.failure)
            by = _nobody(f"{failure['kind']}: {failure['text']}", outcome.model_id)
            kept = read_words(field, '{"claims": []}', ()).json()
        else:
            found = identity.who(str(answer["model"]), identities(self.inputs))
            by = _by(outcome.model_id, None if found is None else found.model_id, outcome.exchange.source)
            kept = read_words(field, str(answer["content"]), ids).json()
        exchange = outcome.exchange
        record: JSONObject = {
            "template": prompts.template("words").json(),
            "request": exchange.digest,
            "exchange": exchange.json(),
        }
        return {**kept, "by": by, **record}

    def _candidates(self) -> tuple[tuple[identity.Known, ...], tuple[identity.Known, ...]]:
        known = identities(self.inputs)
        wanted = [str(self.inputs["model_id"]), *cast("list[str]", self.inputs["fallback_model_ids"])]
        critic = known[str(self.inputs["critic_model_id"])]
        apart = self._asked.get("other_family") is True
        may, refused = identity.may_propose([known[name] for name in wanted], critic, other_family=apart)
        if not may:
            raise Refused(
                "SOD_FALLBACK",
                msg(
                    "No model may propose: {models} and the critic {critic} are one, or of one family.",
                    models=", ".join(one.model_id for one in refused),
                    critic=critic.model_id,
                ),
            )
        return may, refused

    def _propose(self) -> Outcome:
        may, refused = self._candidates()
        self._refused = tuple(one.model_id for one in refused)
        shown = cast("Inputs", self._gathered).shown
        if not shown:
            raise Inconclusive(
                "NO_INPUTS",
                msg("No changed file may be shown to the layer's models, so that there is nothing to ask them about."),
                next_step=msg("gonogo layers"),
            )
        schema = contract_of(self._limits, self._contract).schema([one.id for one in shown])
        return self.caller.call([one.model_id for one in may], lambda name: self._request("proposer", name, schema))

    def _criticise(self) -> Outcome:
        if self._proposal is None or self._proposal.answer is None:
            raise Refused("CRITIC_FIRST", msg("There is no proposal that a critic could be asked about."))
        shown = cast("Inputs", self._gathered).shown
        schema = critic_schema([one.id for one in shown])
        return self.caller.call(
            [str(self.inputs["critic_model_id"])], lambda name: self._request("critic", name, schema)
        )

    def _request(self, side: Side, model_id: str, schema: JSONObject) -> JSONObject:
        proposal = None
        if side == "critic" and self._proposal is not None and self._proposal.answer is not None:
            proposal = str(self._proposal.answer["content"])
        shown = cast("Inputs", self._gathered).shown
        told = prompts.messages(side, layer_of(self.inputs), task_of(self.inputs), shown, proposal)
        return request_of(self.inputs, side, model_id, told, schema)

    def _told(self, side: Side, outcome: Outcome) -> JSON:
        exchange, gathered = outcome.exchange, cast("Inputs", self._gathered)
        answer = exchange.answer
        found = None if answer is None else identity.who(str(answer["model"]), identities(self.inputs))
        return {
            "side": side,
            "answer": answer,
            "failure": exchange.failure,
            "source": exchange.source,
            "asked": outcome.model_id,
            "fell_back": list(outcome.others),
            "refused_fallbacks": list(self._refused) if side == "proposer" else [],
            "model": None if found is None else found.model_id,
            "family": None if found is None else found.family,
            "reported": None if answer is None else answer["model"],
            "request": exchange.digest,
            "answer_digest": None if answer is None else answer_digest(answer),
            "template": prompts.template(side).json(),
            "inputs": [one.json() for one in gathered.shown],
            "texts": {one.path: one.text for one in gathered.shown if one.text is not None}
            if side == "proposer"
            else {},
            "left_out": list(gathered.left_out),
            "observed": {"attempts": list(exchange.attempts)},
        }

    @property
    def _asked(self) -> JSONObject:
        """What the frozen inputs say of the models."""
        return cast("JSONObject", self.inputs["asked"])

    @property
    def _limits(self) -> JSONObject:
        return cast("JSONObject", self.inputs["scope_limits"])

    @property
    def _contract(self) -> JSONObject:
        return cast("JSONObject", self._asked["contract"])


def _nobody(why: str, asked: str | None = None) -> JSONObject:
    return {"asked": asked, "model": None, "source": None, "failure": why[:300], "basis": "absent"}


def _by(asked: str, model: str | None, source: str) -> JSONObject:
    """Who spoke, by the response; null where the registry does not know the name."""
    return {"asked": asked, "model": model, "source": source, "failure": None, "basis": "asserted"}
