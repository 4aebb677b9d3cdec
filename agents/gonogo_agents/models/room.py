"""The room in which a run's models are asked: everything that a desk needs, put together from the run's places."""

from __future__ import annotations

import json
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from gonogo_agents.broker.evidence_verbs import EvidenceFolder
from gonogo_agents.broker.repo_verbs import CommitFiles, repo_read
from gonogo_agents.models.ask import ask
from gonogo_agents.models.back_ends import open_back_end
from gonogo_agents.models.call_log import call_line, write_line
from gonogo_agents.models.calls import Caller
from gonogo_agents.models.desk import ModelDesk
from gonogo_agents.models.interface import CallFailed
from gonogo_agents.models.keys import key_for
from gonogo_agents.models.recordings import FOLDER, Recordings, read_recordings
from gonogo_agents.models.shown import gather, role_shown
from gonogo_agents.models.sides import budget_of, models_of
from gonogo_agents.redact_run import refuse_secrets
from gonogo_evidence.errors import GonogoError, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_evidence.transcripts import Exchange, plain, read_exchange, request_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gonogo_agents.duty import Role
    from gonogo_agents.models.interface import Heard
    from gonogo_agents.models.ledger import Ledger
    from gonogo_agents.models.local import LocalModel
    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.transcripts import Source
    from gonogo_policies.layer_run.prompts import Shown

GIVEN: Final = "given"
"""In the run's folder: the transcripts that a replay was started with."""
RECORDED: Final = "recordings"
"""In a repository that holds a demonstration: the recorded answers, by model."""
ASKED: Final = "asked"
"""In the run's folder: the mark of each exchange that this run recorded."""
LIMIT: Final = 64 * 1024 * 1024
MARK: Final = 64
ROLE: Final = "ORCHESTRATOR"
WHY: Final = "times and latencies of the calls; request and answer replay"


class Seen(NamedTuple):
    """What the engine knows of the run when a model is asked."""

    change: Callable[[], JSON]
    """Gives what ``git.query`` answers to ``change``."""
    results: Callable[[], Mapping[str, JSON]]
    """Gives the duties' results so far."""
    mark: Callable[[bytes], bytes]
    """Gives what only the engine can give of these bytes: by it an exchange of this run is known again."""


class ModelRoom:
    """Makes the desk of one run.

    Args:
        world: clock, environment and programs.
        run_folder: transcripts and the log of calls go below it.
        inputs: the run's frozen inputs.
        repository: read for inputs and recordings, at the run's commit.
        seen: gives the change and the results so far.
        ledger: what models cost in this repository.
        local: the embedded model.
        heard: is told while an answer comes in.
    """

    def __init__(
        self,
        world: World,
        run_folder: Path,
        inputs: Mapping[str, JSON],
        repository: Repository,
        seen: Seen,
        ledger: Ledger,
        local: LocalModel,
        *,
        heard: Heard,
    ) -> None:
        self._world = world
        self._folder = run_folder
        self._inputs = inputs
        self._files = CommitFiles(repository, str(inputs["git_ref"]))
        self._seen = seen
        self._ledger = ledger
        self._local = local
        self._heard = heard
        self._evidence = EvidenceFolder(run_folder)

    def desk(self) -> ModelDesk:
        """The desk. Raises what reading the given transcripts raises, where the run is a replay."""
        asked = cast("JSONObject", self._inputs["asked"])
        caller = Caller(
            self._world,
            models_of(self._inputs),
            cast("Mapping[str, int]", asked["retries"]),
            budget_of(self._inputs),
            self._ledger,
            self._reach,
            self._given() if self._inputs["mode"] == "replay" else None,
            self._kept,
            self._keep,
            self._note,
        )
        return ModelDesk(
            self._inputs,
            lambda: gather(self._files, self._inputs, self._seen.change(), self._secret),
            caller,
        )

    def _given(self) -> Recordings:
        """What the replay was started with. Raises ``IntegrityBroken`` ``TRANSCRIPT_CHANGED`` for anything else."""
        found = read_recordings(self._folder / GIVEN)
        named = self._inputs.get("replay")
        if isinstance(named, dict) and named.get("given") != found.taken:
            raise IntegrityBroken(
                "TRANSCRIPT_CHANGED",
                msg("The transcripts of this replay were changed after it began."),
                where=str(self._folder / GIVEN),
                next_step=msg('gonogo abandon {run} --reason "transcripts changed"', run=self._ledger.run_id),
            )
        return found

    def seen_by(self, role: Role, desk: ModelDesk) -> tuple[Shown, ...]:
        """What a model sees that plays the role, now."""
        rights = cast("Mapping[str, JSONObject]", self._inputs["roles"])[role]
        return role_shown(rights, self._seen.results(), desk.gathered().shown, self._secret)

    def _secret(self, text: str) -> bool:
        """Whether a text holds what looks like a secret: that goes to no model. No detector, no answer."""
        try:
            refuse_secrets(self._world, [text])
        except Refused:
            return True
        return False

    def _reach(self, model: JSONObject, request: JSONObject, seconds: float) -> tuple[JSONObject, Source]:
        asked = cast("JSONObject", self._inputs["asked"])
        provider = cast("Mapping[str, JSONObject]", asked["providers"])[str(model["provider"])]
        name = str(model["model_id"])
        if provider["kind"] == "recording":
            return self._recorded(name), "recording"
        key = key_for(provider, self._world)
        timeout = min(float(cast("int", provider["timeout_seconds"])), max(seconds, 1.0))
        if provider["kind"] == "local":
            provider = {**provider, "base_url": self._local.address()}
        back_end = open_back_end(provider, request, key, timeout=timeout)
        return ask(back_end, request, key, timeout=timeout, heard=lambda count: self._heard(name, count)), "model"

    def _recorded(self, model_id: str) -> JSONObject:
        """The answer that the repository holds for a demonstration. It is never taken for a model's."""
        try:
            read = cast("JSONObject", repo_read(self._files, {"path": f"{RECORDED}/{model_id}.json"}))
            content = json.dumps(json.loads(str(read["text"])), ensure_ascii=False, sort_keys=True)
        except (GonogoError, ValueError):
            raise CallFailed("not-recorded", f"the commit holds no {RECORDED}/{model_id}.json") from None
        return {
            "content": plain(content),
            "model": model_id,
            "finish_reason": "stop",
            "response_id": "",
            "tool_calls": [],
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }

    def _kept(self, request: JSONObject) -> Exchange | None:
        """What this run recorded itself; a file that was put or changed there is none, and the request is asked."""
        path, mark = self._places(request_digest(request))
        if not (path.exists() and mark.exists()):
            return None
        data = read_bytes(path, limit=LIMIT)
        fits = compare_digest(read_bytes(mark, limit=MARK), self._seen.mark(data))
        return read_exchange(data, where=str(path)) if fits else None

    def _places(self, digest: str) -> tuple[Path, Path]:
        return self._folder / "data" / FOLDER / f"{digest}.json", self._folder / ASKED / digest

    def _keep(self, exchange: Exchange) -> None:
        entry: dict[str, JSON] = {
            "path": f"{FOLDER}/{exchange.digest}.json",
            "content": exchange.json(),
            "media_type": "application/json",
            "determinism": "none",
            "reason": WHY,
        }
        self._evidence.append(ROLE, entry)
        path, mark = self._places(exchange.digest)
        mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(mark, self._seen.mark(read_bytes(path, limit=LIMIT)))

    def _note(self, exchange: Exchange, attempt: JSONObject, model: JSONObject) -> None:
        asked = cast("JSONObject", self._inputs["asked"])
        run: dict[str, JSON] = {
            "run_id": self._ledger.run_id,
            "layer_id": self._inputs["layer_id"],
            "mode": self._inputs["mode"],
            "inputs_manifest": [],
            "outputs_manifest": [f"data/{FOLDER}/{exchange.digest}.json"],
        }
        fields = cast("list[str]", asked["logged"])
        write_line(self._folder, call_line(exchange, attempt, model, run, fields))
