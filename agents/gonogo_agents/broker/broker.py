"""The broker: the only door to the world that a role has. It decides, does, and writes down."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_agents.broker.decide import decide
from gonogo_agents.broker.desk import desk
from gonogo_agents.broker.evidence_verbs import EvidenceFolder
from gonogo_agents.broker.git_queries import MAX_LOG, change, log, own_store
from gonogo_agents.broker.interface import RoleScope
from gonogo_agents.broker.records import digest, told
from gonogo_agents.broker.repo_verbs import CommitFiles, repo_list, repo_read
from gonogo_agents.broker.tool_verbs import tools_versions
from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_agents.broker.interface import Arguments, Decision, Handler, Record
    from gonogo_agents.duty import Ask, Role
    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON

STORE = "store.git"


class Broker:
    """Answers the requests of all roles of one run.

    Args:
        world: clock and programs.
        repository: the operator's, for reading.
        run_folder: ``data/``, ``data.jsonl`` and a git directory for reading go below it.
        inputs: the run's frozen inputs (``git_ref``, ``base``, ``base_rule`` are used).
        scopes: what each role may; a role without a scope may nothing.
        record: writes one line for each request.
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
    ) -> None:
        self._world = world
        self._repository = repository
        self._run_folder = run_folder
        self._inputs = inputs
        self._scopes = dict(scopes)
        self._record = record
        self._handlers = dict(handlers or {})
        self._files = CommitFiles(repository, str(inputs["git_ref"]))
        self._evidence = EvidenceFolder(run_folder)
        self._change: JSON = None
        self._versions: JSON = None
        self._asked = 0

    def ask_for(self, role: Role) -> Ask:
        """The door of one role."""

        def ask(verb: str, /, **arguments: JSON) -> JSON:
            return self.answer(role, verb, arguments)

        return ask

    def answer(self, role: Role, verb: str, arguments: Arguments) -> JSON:
        """Decide, do, write down. Raises ``Refused`` SCOPE_DENIED or VERB_UNKNOWN, and whatever the verb raises."""
        scope = self._scopes.get(role)
        if scope is None or scope.role != role:
            scope = RoleScope(role)
        decision = decide(scope, verb, arguments)
        if not decision.allowed:
            self._write(role, verb, arguments, decision, {"error": "SCOPE_DENIED"})
            raise Refused(
                "SCOPE_DENIED",
                decision.reason,
                where=f"{role} {verb}",
                next_step=msg("The role's scope is in config/roles.toml; a wider one is a decision of its own."),
            )
        try:
            answer = self._do(scope, verb, arguments)
        except GonogoError as error:
            self._write(role, verb, arguments, decision, {"error": error.code})
            raise
        except Exception as error:
            self._write(role, verb, arguments, decision, {"error": type(error).__name__})
            raise
        self._write(role, verb, arguments, decision, {"answer": digest(answer)})
        return answer

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

    def _do(self, scope: RoleScope, verb: str, arguments: Arguments) -> JSON:
        match verb:
            case "git.query":
                return self._git_query(arguments)
            case "repo.list":
                return repo_list(self._files, scope)
            case "repo.read":
                return repo_read(self._files, arguments)
            case "tools.versions":
                self._versions = self._versions or tools_versions(self._world)
                return self._versions
            case "evidence.append":
                return self._evidence.append(scope.role, arguments)
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

    def _write(
        self, role: Role, verb: str, arguments: Arguments, decision: Decision, outcome: Mapping[str, JSON]
    ) -> None:
        self._asked += 1
        line: dict[str, JSON] = {
            "n": self._asked,
            "at": self._world.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "role": role,
            "verb": verb,
            "arguments": told(arguments),
            "allowed": decision.allowed,
            "rule": decision.rule,
            "reason": str(decision.reason),
            **outcome,
        }
        self._record(line)
