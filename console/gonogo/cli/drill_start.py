"""``gonogo drill list``, ``start``, ``guide`` and ``status``: which drill, and what is under way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo.drills import Drill, Session
    from gonogo.drills.interface import Step

SCHEMA, GUIDE, STATUS = "gonogo/drill/v1", "gonogo/drill-guide/v1", "gonogo/drill-status/v1"
MOST_NAME = 200
"""Characters of an operator's name."""


@click.command("list", help=str(msg("Name the drills, and which one is next.")))
@click.option("--operator", help=str(msg("whose history it is chosen by (default: everybody's)")))
@json_option
@pass_output
def listing(output: Output, /, *, operator: str | None) -> int:
    """Name the drills, and recommend one."""
    from gonogo.cli.columns import columns  # noqa: PLC0415 - only when it is used
    from gonogo.drills import DRILLS, sessions  # noqa: PLC0415 - the same
    from gonogo.drills.choice import ranked  # noqa: PLC0415 - the same

    known = [one for one in sessions(output.world) if operator is None or one.operator == operator]
    chosen = ranked(known, output.world.now())
    rows = [(one.drill_id, output.words(one.name), str(one.minutes), output.words(one.objective)) for one in DRILLS]
    names = ("drill", "name", "minutes", "objective")
    points = {one.drill: one.points for one in chosen}
    drills = [{**dict(zip(names, row, strict=True)), "points": points[row[0]]} for row in rows]
    document = {"schema": SCHEMA, "drills": drills, "next": chosen[0].drill, "why": output.words(chosen[0].why)}
    heads = (msg("drill"), msg("name"), msg("minutes"), msg("objective"))
    output.result(document, f"{columns(output, heads, rows)}\n\n{output.words(chosen[0].why)}")
    return 0


@click.command("start", help=str(msg("Build the drill's desk and start the clock. Prints the folder to work in.")))
@click.argument("drill", required=False)
@click.option("--next", "following", is_flag=True, help=str(msg("the drill that your history asks for")))
@click.option("--guide", "guided", is_flag=True, help=str(msg("told step by step (D01); PARTIAL at best")))
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help=str(msg("the same seed gives the same desk")))
@click.option("--difficulty", type=click.IntRange(1, 3), help=str(msg("1 to 3 (default: 2, with --guide 1)")))
@click.option("--operator", help=str(msg("who is trained (default: git's user.email)")))
@click.option("--dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help=str(msg("build the desk here")))
@json_option
@pass_output
def start(
    output: Output,
    /,
    *,
    drill: str | None,
    following: bool,
    guided: bool,
    seed: int | None,
    difficulty: int | None,
    operator: str | None,
    folder: Path | None,
) -> int:
    """Build the desk and start the clock."""
    from gonogo.drills import guide as steps  # noqa: PLC0415 - only when it is used
    from gonogo.drills import start as begin  # noqa: PLC0415 - the same

    who = _operator(output, operator)
    chosen = _chosen(output, drill, who, following=following)
    if guided and not chosen.guide:
        raise BadInput(
            "DRILL_NO_GUIDE",
            msg("There is no guide for {drill}.", drill=chosen.drill_id),
            next_step=msg("gonogo drill start D01 --guide"),
        )
    drawn = seed if seed is not None else steps.SEED if guided else int(output.world.token(2), 16)
    level = difficulty or (steps.DIFFICULTY if guided else 2)
    session = begin(output.world, chosen, drawn, level, who, folder, guided=guided)
    _brief(output, chosen, session)
    place = Path(session.folder, *session.planted.get("start", [""]))
    document = {
        "schema": SCHEMA,
        "session": session.session,
        "drill": session.drill,
        "seed": session.seed,
        "difficulty": session.difficulty,
        "operator": session.operator,
        "folder": session.folder,
        "start": str(place),
        "minutes": chosen.minutes,
        "guided": guided,
    }
    output.result(document, str(place))
    return 0


@click.command("guide", help=str(msg("The next step of a guided drill, once the desk shows the last one as done.")))
@click.argument("session", default="latest", metavar="[SESSION]")
@json_option
@pass_output
def guide(output: Output, /, *, session: str) -> int:
    """Say the next step."""
    from gonogo.drills import drill_named, find, look  # noqa: PLC0415 - only when it is used
    from gonogo.drills.guide import next_step  # noqa: PLC0415 - the same

    known = find(output.world, session)
    if not known.guided:
        raise BadInput(
            "DRILL_NO_GUIDE",
            msg("{session} was started without the guide.", session=known.session),
            next_step=msg("gonogo drill start D01 --guide"),
        )
    drill = drill_named(known.drill)
    step = next_step(drill, look(output.world, known)[0])
    said = step[1] if step else None
    document = {
        "schema": GUIDE,
        "session": known.session,
        "step": step[0] if step else None,
        "of": len(drill.guide),
        "criterion": said.criterion if said else None,
        "why": output.words(said.why) if said else None,
        "commands": list(said.commands) if said else [],
    }
    done = msg("Every step is done. When you are ready: gonogo drill score {session}", session=known.session)
    output.result(document, _told(output, known, drill, *step) if step else output.words(done))
    return 0


def _told(output: Output, session: Session, drill: Drill, number: int, step: Step) -> str:
    work = Path(session.folder) / "work"
    what = output.words(drill.criteria[step.criterion])
    head = msg("Step {number} of {count}: {what}", number=number, count=len(drill.guide), what=what)
    then = msg("Then: gonogo drill guide {session}", session=session.session)
    lines = [f"    {line}" for line in (f"cd {_quoted(work)}", *step.commands)]
    return "\n".join([output.words(head), output.words(step.why), "", *lines, "", output.words(then)])


def _quoted(place: Path) -> str:
    import shlex  # noqa: PLC0415 - only when it is used

    return shlex.quote(str(place))


@click.command(
    "status", help=str(msg("What is under way: the clock, and how much of it holds. It gives no answer away."))
)
@json_option
@pass_output
def status(output: Output, /) -> int:
    """Show the sessions that are not scored."""
    from gonogo.cli.columns import columns  # noqa: PLC0415 - only when it is used
    from gonogo.drills import sessions  # noqa: PLC0415 - the same

    running = [_standing(output, one) for one in sessions(output.world) if not one.scored]
    rows = [
        (
            str(one["session"]),
            str(one["operator"]),
            output.words(msg("{minutes} min left", minutes=str(one["minutes_left"]))),
            "-" if one["error"] else f"{one['work_done']}/{one['work']}",
            str(one["error"]) if one["error"] else f"{one['guards_held']}/{one['guards']}",
            str(one["hints"]),
        )
        for one in running
    ]
    heads = (msg("session"), msg("operator"), msg("clock"), msg("work done"), msg("guards held"), msg("hints"))
    nothing = output.words(msg("No drill is under way. gonogo drill list says which one is next."))
    output.result({"schema": STATUS, "sessions": running}, columns(output, heads, rows) if rows else nothing)
    return 0


def _standing(output: Output, session: Session) -> dict[str, object]:
    """One session in figures; which criterion holds is for ``check`` to say."""
    from datetime import datetime  # noqa: PLC0415 - only when it is used

    from gonogo.drills import drill_named, look  # noqa: PLC0415 - the same

    allowed = drill_named(session.drill).minutes
    spent = (output.world.now() - datetime.fromisoformat(session.started)).total_seconds() / 60
    error, held = "", dict[str, bool]()
    try:
        held = {name: one.verdict == "PASS" for name, one in look(output.world, session)[0].items()}
    except GonogoError as problem:
        error = problem.code
    guards = {name for name, verdict in session.before.items() if verdict == "PASS"}
    return {
        "session": session.session,
        "drill": session.drill,
        "operator": session.operator,
        "folder": session.folder,
        "guided": session.guided,
        "minutes_left": round(allowed - spent, 1),
        "work": len(session.before) - len(guards),
        "work_done": sum(good for name, good in held.items() if name not in guards),
        "guards": len(guards),
        "guards_held": sum(good for name, good in held.items() if name in guards),
        "hints": session.hints,
        "error": error,
    }


def _chosen(output: Output, named: str | None, operator: str, *, following: bool) -> Drill:
    """The drill that is named, or that is next. Raises BadInput DRILL_UNKNOWN."""
    from gonogo.drills import drill_named, sessions  # noqa: PLC0415 - only when it is used
    from gonogo.drills.choice import ranked  # noqa: PLC0415 - the same

    if following and named is None:
        own = [one for one in sessions(output.world) if one.operator == operator]
        best = ranked(own, output.world.now())[0]
        output.say(best.why)
        return drill_named(best.drill)
    if named is None or following:
        raise BadInput("DRILL_UNKNOWN", msg("Name one drill, or --next."), next_step=msg("gonogo drill list"))
    return drill_named(named)


def _operator(output: Output, named: str | None) -> str:
    """Who is trained: the option, else git's ``user.email``. Raises BadInput DRILL_OPERATOR."""
    from gonogo_agents.git import operator_git  # noqa: PLC0415 - only when it is used

    if named is None:
        done = operator_git(output.world, Path.cwd()).attempt("config", "--get", "user.email")
        named = done.stdout.decode(errors="replace").strip()
    if not named.strip() or not named.isprintable() or len(named) > MOST_NAME:
        raise BadInput(
            "DRILL_OPERATOR",
            msg("Nobody is named as the operator of this drill."),
            next_step=msg("Name one: --operator NAME"),
        )
    return named.strip()


def _brief(output: Output, drill: Drill, session: Session) -> None:
    """What is to be done, on standard error."""
    output.say(
        msg(
            "{drill} {name}, seed {seed}: {minutes} minutes from now.",
            drill=drill.drill_id,
            name=output.words(drill.name),
            seed=session.seed,
            minutes=drill.minutes,
        )
    )
    for line in (drill.objective, *drill.task):
        output.say(line)
    output.say(msg("The drill's folder: {folder}", folder=session.folder))
    if session.guided:
        output.say(msg("Step by step: gonogo drill guide {session}", session=session.session))
    output.say(msg("Where you stand: gonogo drill check {session}", session=session.session))
    output.say(msg("When you are done: gonogo drill score {session}", session=session.session))
