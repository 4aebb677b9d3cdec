"""One decision of the broker, in microseconds: 1,000 of them a round, over the packaged scopes and guardrails.

The other side decides the same from the compiled document, as a host without the engine does. The target is 10
microseconds at the median; the column says milliseconds for 1,000 decisions, which is the same number.
"""

from __future__ import annotations

import statistics
import tomllib
from typing import TYPE_CHECKING

from bench.measure import rounds, row
from gonogo_agents.broker import RoleScope, Rules, compile_decisions, decide, evaluate
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

ROUNDS = 25
COUNT = 1000
TARGET = 10.0


def rows() -> Iterator[str]:
    """A row for the mix, and a line for each kind of request."""
    scope = _scope("CI_GUARDIAN")
    rules, document = Rules(scope), compile_decisions([scope])
    mix = [kind[0] for kind in KINDS.values()]
    lines = rounds([lambda: _ours(rules, mix), lambda: _theirs(document, mix)], ROUNDS)
    yield row("1,000 decisions / by the compiled document", lines, None)
    for name, kind in KINDS.items():
        each = [line[0] for line in rounds([lambda kind=kind: _ours(rules, kind)], ROUNDS)]  # type: ignore[misc]
        yield f"{f'  one decision, {name}':<46} {statistics.median(each):>9.2f} microseconds, target {TARGET:.0f}"


KINDS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "a verb": [("gate.run", {"name": "Lint Gate"})],
    "a denied verb": [("model.invoke", {})],
    "a question to git": [("git.query", {"query": "change"})],
    "an allowed path": [("repo.read", {"path": f"src/package/module_{n}/file_{n}.py"}) for n in range(50)],
    "an allowed path, not ASCII": [("repo.read", {"path": f"docs/übung/blatt_{n}.md"}) for n in range(50)],
    "a forbidden path": [("repo.read", {"path": f"src/package/Secrets/file_{n}.py"}) for n in range(50)],
    "a path with tricks": [("repo.read", {"path": f"docs/../secrets/{n}"}) for n in range(50)],
}


def _ours(rules: Rules, mix: list[tuple[str, dict[str, Any]]]) -> None:
    for n in range(COUNT):
        verb, resource = mix[n % len(mix)]
        decide(rules, "CI_GUARDIAN", "E", verb, resource)


def _theirs(document: Any, mix: list[tuple[str, dict[str, Any]]]) -> None:  # noqa: ANN401 - plain JSON
    for n in range(COUNT):
        verb, resource = mix[n % len(mix)]
        evaluate(document, "CI_GUARDIAN", "E", verb, resource)


def _scope(role: Any) -> RoleScope:  # noqa: ANN401 - one of six
    rights = tomllib.loads((packaged_config() / "roles.toml").read_text())["roles"][role]
    guards = tomllib.loads((packaged_config() / "guardrails.toml").read_text())
    return RoleScope(
        role,
        paths_read=tuple(rights["paths_read"]),
        paths_write=tuple(rights["paths_write"]),
        tools=tuple(rights["tools"]),
        git_queries=tuple(rights["git_queries"]),
        steps=("C", "E"),
        paths_forbidden=tuple(guards["secret_paths"]),
    )
