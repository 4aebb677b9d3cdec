"""Finders of facts about a repository, one file a kind. Adding one touches its file and one line here."""

from gonogo_agents.duties.facts import ci, commands, layers, names, python_commands, schemas, validators
from gonogo_agents.duties.facts.interface import NameFinder, TextFinder

TEXT_FINDERS: tuple[TextFinder, ...] = (
    schemas.FINDER,
    validators.FINDER,
    layers.FINDER,
    ci.FINDER,
    python_commands.FINDER,
    commands.FINDER,
)
NAME_FINDERS: tuple[NameFinder, ...] = names.FINDERS

KINDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [kind for finder in TEXT_FINDERS for kind in finder.kinds]
        + [kind for finder in NAME_FINDERS for kind in finder.kinds]
    )
)
"""Every kind that is looked for, in the order of the inventory."""
