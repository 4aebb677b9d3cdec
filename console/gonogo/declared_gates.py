"""Which gates are enrolled: those of the protected base, unless the operator says otherwise having seen the difference.

Enrolling is also saying which commands may run here, so a commit under review must not bring its own unseen.
"""

from __future__ import annotations

import difflib
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from gonogo_agents.render.safe import plain
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from gonogo.cli.context import Output
    from gonogo_agents.repository import Repository
    from gonogo_graph.session import Session

Wanted: TypeAlias = Literal["base", "head"]

GATES = (".gonogo/gates.toml", "config/gates.toml")
"""Where a repository says which gates it wants; the first that is there counts."""
DEFAULT_BRANCH = "refs/remotes/origin/HEAD"
RULES: dict[str, Text] = {
    "default-branch": msg("the clone's default branch"),
    "upstream": msg("the upstream branch"),
    "first-parent": msg("the first parent"),
    "whole-tree": msg("the only commit"),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """The gates that one commit declares."""

    commit: str
    path: str
    """Empty where it declares none."""
    data: bytes | None

    def commands(self) -> list[str]:
        """The commands that these gates may run."""
        from gonogo_policies.config.parse import document  # noqa: PLC0415 - pydantic's floor, only when it is used

        if self.data is None:
            return []
        gates = cast("list[dict[str, list[str]]]", document(self.data, place=self.place).table.get("gate", []))
        return [plain(shlex.join(gate["argv"])) for gate in gates if gate.get("argv")]

    @property
    def place(self) -> str:
        """Where they stand, for people."""
        return f"{self.path or GATES[-1]}@{self.commit[:12]}"


@dataclass(frozen=True, slots=True)
class Offer:
    """The gates of the protected base and those of the commit that HEAD is."""

    base: Declared
    head: Declared
    rule: str
    """Why that commit is the base: a key of :data:`RULES`."""

    @property
    def differ(self) -> bool:
        """Whether the commit under review brings other gates than its base."""
        return self.base.data != self.head.data

    def of(self, wanted: Wanted) -> Declared:
        """One of the two."""
        return self.base if wanted == "base" else self.head


def offered(session: Session) -> Offer:
    """What can be enrolled here: HEAD's gates, and those of the newest commit that others have already taken."""
    repository = session.repository
    head = repository.resolve("HEAD")
    base, rule = _protected(repository, head)
    return Offer(_declared(repository, base), _declared(repository, head), rule)


def choose(output: Output, offer: Offer, wanted: Wanted | None, *, ask: bool) -> Declared:
    """The gates to enrol. Where base and commit differ it is asked, or must have been said.

    Raises:
        BadInput: ``GATES_DIFFER`` (nobody to ask, and nothing said), ``GATES_NOT_CHOSEN``.
    """
    if wanted is not None or not offer.differ:
        return offer.of(wanted or "base")
    said = msg(
        "{commit} declares other gates than its base {base} ({rule}).",
        commit=offer.head.commit[:12],
        base=offer.base.commit[:12],
        rule=output.words(RULES[offer.rule]),
    )
    if not ask:
        raise BadInput(
            "GATES_DIFFER",
            said,
            where=offer.head.place,
            next_step=msg("gonogo init --yes --operator NAME --public-key FILE --gates base"),
        )
    output.say(said)
    for line in _difference(offer):
        output.say(msg("{line}", line=plain(line)))
    answer = output.ask(msg("Whose gates shall be enrolled? Type base or head:")).lower()
    if answer not in {"base", "head"}:
        raise BadInput("GATES_NOT_CHOSEN", msg("No gates were chosen; nothing was enrolled."), where=offer.head.place)
    return offer.of(cast("Wanted", answer))


def say_commands(output: Output, offer: Offer, chosen: Declared) -> None:
    """The commands that the chosen gates may run, and where they come from, before anybody says yes."""
    rule = output.words(RULES[offer.rule] if chosen == offer.base else msg("the commit under review"))
    for command in chosen.commands():
        output.say(
            msg("and gates may run: {command} ({place}, {rule})", command=command, place=chosen.place, rule=rule)
        )


def _protected(repository: Repository, head: str) -> tuple[str, str]:
    """The newest commit below HEAD that the clone's default branch has; else what a run would measure HEAD against."""
    try:
        base, _ = repository.base_for(head, DEFAULT_BRANCH)
    except BadInput:
        base = None
    if base is not None:
        return base, "default-branch"
    other, rule = repository.base_for(head)
    return other or head, rule


def _declared(repository: Repository, commit: str) -> Declared:
    files = repository.config_files(commit)
    path = next((path for path in GATES if path in files), "")
    data = files.get(path)
    return Declared(commit, path, data) if data and b"gonogo/gates/" in data else Declared(commit, "", None)


def _difference(offer: Offer) -> list[str]:
    before, after = ((one.data or b"").decode("utf-8", "replace").splitlines() for one in (offer.base, offer.head))
    return list(difflib.unified_diff(before, after, offer.base.place, offer.head.place, lineterm="", n=1))
