"""The broker: the only door to the world that a role has. It decides, does, and writes down."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from gonogo_agents.broker.decide import HAND_IN, Rules, decide
from gonogo_agents.broker.desk import desk
from gonogo_agents.broker.evidence_verbs import EvidenceFolder
from gonogo_agents.broker.git_queries import MAX_LOG, change, log, own_store
from gonogo_agents.broker.interface import Decision, RoleScope
from gonogo_agents.broker.records import digest, told
from gonogo_agents.broker.repo_verbs import CommitFiles, repo_list, repo_read
from gonogo_agents.broker.tool_verbs import tools_versions
from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_agents.broker.interface import Arguments, Handler, Record, Refusals
    from gonogo_agents.duty import Ask, Role
    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON

STORE = "store.git"
OVER = "over"
"""No step: where a door is that a later one has closed."""
MOST_REFUSALS = 200
"""Denials that one process takes to the ledger. The broker's own log holds all of them."""


class _Line(NamedTuple):
    """A request and its decision."""

    role: Role
    step: str
    verb: str
    arguments: Arguments
    decision: Decision


class Broker:
    """Answers the requests of all roles of one run.

    Args:
        world: clock and programs.
        repository: the operator's, for reading.
        run_folder: ``data/``, ``data.jsonl`` and a git directory for reading go below it.
        inputs: the run's frozen inputs (``git_ref``, ``base``, ``base_rule`` are used).
        scopes: what each role may, and in which steps; a role without a scope may nothing.
        record: writes one line for each request.
        refused: takes each denial to the ledger; the first :data:`MOST_REFUSALS` of a process.
        handlers: further verbs (``gate.run``, ``evidence.seal``, ...), behind the same decision.
    """

    def __init__(
        self,
        world: World,
        repository: Repository,
        run_folder: Path,
        inputs: Mapping[str, JSON],
        scopes: Mapping[Role, RoleScope],
        record: Record,
        handlers: Mapping[str, Handler] | None = None,
        refused: Refusals | None = None,
    ) -> None:
        self._world = world
        self._repository = repository
        self._run_folder = run_folder
        self._inputs = inputs
        self._rules = {role: Rules(scope) for role, scope in scopes.items()}
        self._record = record
        self._refused = refused
        self._refusals = 0
        self._door = 0
        self._handlers = dict(handlers or {})
        self._files = CommitFiles(repository, str(inputs["git_ref"]))
        self._evidence = EvidenceFolder(run_folder)
        self._change: JSON = None
        self._versions: JSON = None
        self._asked = 0

    def ask_for(self, role: Role, step: str) -> Ask:
        """The door of one role for its duty in one step. It is open until the next door is: a duty that is over is."""
        self._door = door = self._door + 1

        def ask(verb: str, /, **arguments: JSON) -> JSON:
            return self.answer(role, step if door == self._door else OVER, verb, arguments)

        return ask

    def answer(self, role: Role, step: str, verb: str, arguments: Arguments) -> JSON:
        """Decide, do, write down. Raises ``Refused`` SCOPE_DENIED or VERB_UNKNOWN, and whatever the verb raises."""
        rules = self._rules.get(role) or Rules(RoleScope(role))
        decision = decide(rules, role, step, verb, arguments)
        line = _Line(role, step, verb, arguments, decision)
        if not decision.allowed:
            self._write(line, {"error": "SCOPE_DENIED"})
            raise self._refuse(line)
        try:
            answer = self._do(rules, verb, arguments)
        except GonogoError as error:
            self._write(line, {"error": error.code})
            raise
        except Exception as error:
            self._write(line, {"error": type(error).__name__})
            raise
        self._write(line, {"answer": digest(answer)})
        return answer

    def hand_in(self, role: Role, step: str, field: str) -> None:
        """Decide whether the role may hand in this field of the run, and write that down. Raises as :meth:`answer`."""
        rules = self._rules.get(role) or Rules(RoleScope(role))
        arguments: Arguments = {"field": field}
        decision = decide(rules, role, step, HAND_IN, arguments)
        line = _Line(role, step, HAND_IN, arguments, decision)
        self._write(line, {"answer": digest(None)} if decision.allowed else {"error": "SCOPE_DENIED"})
        if not decision.allowed:
            raise self._refuse(line)

    def _refuse(self, line: _Line) -> Refused:
        self._refusals += 1
        if self._refused is not None and self._refusals <= MOST_REFUSALS:
            self._refused(line.decision, f"{line.role} {line.step} {ascii(line.verb)[1:-1][:80]}")
        return Refused(
            "SCOPE_DENIED",
            line.decision.reason,
            where=f"{line.role} {ascii(line.verb)[1:-1][:80]} ({line.decision.rule})",
            next_step=msg("The role's scope is in config/roles.toml; a wider one is a decision of its own."),
        )

    def change(self) -> JSON:
        """What ``git.query`` answers to ``change``, looked up once. For handlers of this process; a role asks."""
        if self._change is None:
            self._change = change(
                own_store(self._repository, self._run_folder / STORE),
                cast("str | None", self._inputs.get("base")),
                str(self._inputs["git_ref"]),
                str(self._inputs.get("base_rule", "")),
            )
        return self._change

    def _do(self, rules: Rules, verb: str, arguments: Arguments) -> JSON:
        match verb:
            case "git.query":
                return self._git_query(arguments)
            case "repo.list":
                return repo_list(self._files, rules)
            case "repo.read":
                return repo_read(self._files, arguments)
            case "tools.versions":
                self._versions = self._versions or tools_versions(self._world)
                return self._versions
            case "evidence.append":
                return self._evidence.append(rules.role, arguments)
            case _ if verb in self._handlers:
                return self._handlers[verb](arguments)
            case _:
                raise Refused("VERB_UNKNOWN", msg("Nothing here does {verb}.", verb=ascii(verb)[:80]))

    def _git_query(self, arguments: Arguments) -> JSON:
        commit, base = str(self._inputs["git_ref"]), cast("str | None", self._inputs.get("base"))
        match arguments.get("query"):
            case "desk":
                return desk(self._repository, self._files)
            case "change":
                return self.change()
            case "log":
                limit = arguments.get("limit", MAX_LOG)
                if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= MAX_LOG:
                    raise BadInput("LOG_LIMIT", msg("A log has 1 to {limit} commits.", limit=MAX_LOG))
                return cast("JSON", log(own_store(self._repository, self._run_folder / STORE), base, commit, limit))
            case query:
                raise Refused("VERB_UNKNOWN", msg("git cannot be asked for {query}.", query=ascii(query)[:80]))

    def _write(self, line: _Line, outcome: Mapping[str, JSON]) -> None:
        self._asked += 1
        self._record(
            {
                "n": self._asked,
                "at": self._world.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "role": line.role,
                "step": line.step,
                "verb": line.verb,
                "arguments": told(line.arguments),
                "allowed": line.decision.allowed,
                "rule": line.decision.rule,
                "reason": str(line.decision.reason),
                **outcome,
            }
        )
