"""Driving a run: the player with its broker, the log, one call of ``advance``, and the published copy."""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

from gonogo_agents.models.local import LocalModel
from gonogo_agents.models.spending import spending_of
from gonogo_agents.workers import open_crew
from gonogo_evidence.errors import GonogoError, Inconclusive
from gonogo_evidence.files import write_atomic
from gonogo_evidence.text import msg
from gonogo_graph.advance import advance
from gonogo_graph.context import Progress, Quiet, RunContext
from gonogo_graph.doors import Doors
from gonogo_graph.elsewhere import take_published
from gonogo_graph.hold import prepare
from gonogo_graph.log import open_log
from gonogo_graph.play import Player
from gonogo_graph.publish import publish
from gonogo_graph.role_words import STOPS
from gonogo_graph.store.database import what_the_disk_says

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from gonogo_agents.models.spending import Spending
    from gonogo_agents.workers import Crew
    from gonogo_graph.store import RunRow

INPUTS = "inputs.json"


class Done(NamedTuple):
    """What driving a run came to."""

    row: RunRow
    committed: bool
    """Whether the decision was committed just now, by this call and no other."""


def carry_on(
    context: RunContext,
    *,
    tell: Callable[[GonogoError], None] | None = None,
    progress: Progress | None = None,
    verbose: int = 0,
    crew: Crew | None = None,
    migrate: bool = False,
) -> Done:
    """Take sign-offs that lie beside the published copy, do what is due for the run, and publish its pack again.

    A sign-off that is refused, or a copy that fails, loses nothing: it is logged and told. ``crew`` plays the duties;
    without one it is opened here, and nobody is started where no duty is due.
    """
    with _resumable(context), player_for(context, progress or Quiet(), verbose=verbose, crew=crew) as player:

        def warned(error: GonogoError) -> None:
            player.log.warning("told", code=error.code, what=str(error.what), where=error.where)
            if tell:
                tell(error)

        take_published(context, warned)
        before = spending_of(context.folder.root)
        row = advance(context, player, migrate=migrate)
        if alert := _alert(context, before):
            warned(alert)
        if row.pack_id is not None:
            copied = publish(context)
            if isinstance(copied, GonogoError):
                warned(copied)
    return Done(row, player.committed)


def _alert(context: RunContext, before: Spending) -> GonogoError | None:
    """What to tell of a limit that this leg's calls brought near its end."""
    now = spending_of(context.folder.root)
    words = now.text()
    if words is None or not now.near or now.calls == before.calls:
        return None
    step = msg("Look at [limits] in providers.toml and [budget] in model_registry.toml before the next run.")
    return Inconclusive("BUDGET_ALERT", words, where=str(context.places.spending), next_step=step)


@contextmanager
def _resumable(context: RunContext) -> Generator[None, None, None]:
    """Where there was no room: the run is there, so that what comes next is not the same command again."""
    try:
        with what_the_disk_says(context.places.state):
            yield
    except Inconclusive as error:
        if error.code in STOPS:
            error.next_step = msg(
                "Make room or choose another place, then resume the run: it goes on where it stopped."
            )
        raise


@contextmanager
def player_for(
    context: RunContext, progress: Progress, *, verbose: int = 0, crew: Crew | None = None
) -> Generator[Player, None, None]:
    """Who plays the run's duties, with the run's log open and its folders made."""
    context.folder.create()
    if not (context.folder.results / INPUTS).exists():
        write_atomic(context.folder.results / INPUTS, context.frozen)
    hired = nullcontext(crew) if crew is not None else open_crew(context.world)
    with (
        open_log(context.folder.log, verbose=verbose) as log,
        hired as players,
        closing(LocalModel(context.world)) as local,
    ):
        yield Player(
            context,
            crew=players,
            doors=Doors(context, local, progress),
            after={"recommendation": lambda results: prepare(context, results)},
            log=log,
            progress=progress,
        )
