"""A broker over a real repository, and what it wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gonogo_agents.broker import Broker, RoleScope
from gonogo_agents.duty import ROLES, Role
from gonogo_agents.repository import open_repository
from support.repos import Repo, make_world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON

TOOLS = (
    *("git.query", "repo.list", "repo.read", "tools.versions"),
    *("evidence.append", "gate.run", "evidence.seal", "model.invoke"),
)


def scope(role: Role) -> RoleScope:
    """Everything but secrets."""
    queries, secret = ("desk", "change", "log"), ("secrets/**",)
    return RoleScope(role, ("**",), ("data/**",), TOOLS, queries, steps=("A",), paths_forbidden=secret)


class Desk:
    """A broker over a repository, and what it wrote down."""

    def __init__(self, repo: Repo, *, base: str | None = None, rule: str = "first-parent", commit: str = "") -> None:
        self.repo = repo
        self.folder = repo.path.parent / "run"
        self.lines: list[Mapping[str, JSON]] = []
        self.refused: list[tuple[str, str]] = []
        self.opened = open_repository(make_world(repo.path.parent / "home"), repo.path)
        self.inputs: dict[str, JSON] = {"git_ref": commit or repo.head, "base": base, "base_rule": rule}
        self.broker = self.again()

    def again(self, **scopes: RoleScope) -> Broker:
        """A broker as a new process would make it."""
        allowed: dict[Role, RoleScope] = {role: scopes.get(role, scope(role)) for role in ROLES}
        handlers = {"gate.run": lambda arguments: {"name": arguments["name"], "verdict": "PASS"}}
        self.broker = Broker(
            *(self.opened.world, self.opened, self.folder, self.inputs, allowed, self.lines.append, handlers),
            refused=lambda decision, where: self.refused.append((decision.rule, where)),
        )
        return self.broker

    def ask(self, verb: str, /, **arguments: JSON) -> Any:  # noqa: ANN401 - tests look into JSON
        """Ask as the orchestrator."""
        return self.broker.ask_for("ORCHESTRATOR", "A")(verb, **arguments)


def by_path(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    """The files of an answer by their paths."""
    return {entry["path"]: entry for entry in answer["files"]}
