"""Refusals on the screen: a stable code and three parts, what, where, what to do next. A traceback is a bug."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo.cli.streams import emit
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import click

    from gonogo.cli.context import Output
    from gonogo_agents.world import World

SCHEMA = "gonogo/error/v1"
INTERRUPTED = 130


def render(error: GonogoError, output: Output) -> int:
    """Say a refusal on standard error, with ``--json`` also as one document on standard output. Returns its exit."""
    what, where, next_step = _parts(error, output)
    lines = (
        output.words(msg("error {code}: {what}", code=error.code, what=what)),
        output.words(msg("  where: {where}", where=where)),
        output.words(msg("  next: {next}", next=next_step)),
    )
    body = {"code": error.code, "what": what, "where": where, "next": next_step, "exit_code": error.exit_code}
    _tell("\n".join(lines), body, output)
    return error.exit_code


def warn(output: Output, error: GonogoError) -> None:
    """Say on standard error what went wrong beside a command that goes on all the same."""
    what, where, next_step = _parts(error, output)
    output.say(msg("warning {code}: {what}", code=error.code, what=what))
    output.say(msg("  where: {where}", where=where))
    output.say(msg("  next: {next}", next=next_step))


def _tell(lines: str, body: Mapping[str, object], output: Output) -> None:
    """Both streams may be gone; the exit code still says it."""
    with suppress(GonogoError):
        emit(sys.stderr, lines)
    if output.json:
        with suppress(GonogoError):
            output.result({"schema": SCHEMA, "error": body}, "")


def _parts(error: GonogoError, output: Output) -> tuple[str, str, str]:
    next_step = error.next_step or msg("gonogo explain {code}", code=error.code)
    where = error.where or f"{output.gonogo} {output.command}".strip()
    return output.words(error.what), where, output.words(next_step)


def from_click(error: click.ClickException) -> BadInput:
    """A refusal by click's parser, in our form, with code USAGE."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "gonogo"
    return BadInput(
        "USAGE", _usage_words(error), where=path, next_step=msg("All options: {command} --help", command=path)
    )


def _usage_words(error: click.ClickException) -> Text:
    import click  # noqa: PLC0415 - imported long before, or there would be no error

    match error:
        case click.MissingParameter(param=click.Parameter() as parameter):
            return msg("{name} is missing.", name=_name(parameter))
        case click.NoSuchOption():
            near = ", ".join(error.possibilities or ())
            if near:
                return msg("There is no option {name}. Did you mean: {near}?", name=error.option_name, near=near)
            return msg("There is no option {name}.", name=error.option_name)
        case click.exceptions.NoArgsIsHelpError(cmd=click.Group(commands=commands)):
            return msg("A command is missing. There are: {names}", names=", ".join(commands))
        case click.UsageError(cmd=click.Group(commands=commands)) if word := getattr(error, "command_name", ""):
            return msg("There is no command {word}. There are: {names}", word=str(word), names=", ".join(commands))
        case click.BadParameter(param=click.Parameter(type=click.Choice(choices=choices)) as parameter):
            allowed = ", ".join(str(choice) for choice in choices)
            return msg("{name} takes one of: {allowed}", name=_name(parameter), allowed=allowed)
        case click.BadParameter(param=click.Parameter() as parameter):
            return msg("{name}: {reason}", name=_name(parameter), reason=error.message)
        case _:
            return msg("The command line is not understood: {reason}", reason=error.format_message())


def _name(parameter: click.Parameter) -> str:
    import click  # noqa: PLC0415 - see above

    if isinstance(parameter, click.Option):
        return "/".join(parameter.opts)
    return parameter.human_readable_name


def interrupted(output: Output) -> int:
    """Ctrl-C: one line, 130."""
    what = output.words(msg("interrupted; nothing is lost. What waits: gonogo inbox"))
    where, next_step = f"{output.gonogo} {output.command}".strip(), f"{output.gonogo} inbox"
    body = {"code": "INTERRUPTED", "what": what, "where": where, "next": next_step, "exit_code": INTERRUPTED}
    line = output.words(msg("error {code}: {what}", code="INTERRUPTED", what=what))
    _tell(line, body, output)
    return INTERRUPTED


def unexpected(error: BaseException, output: Output) -> Inconclusive:
    """A bug, in our form: the traceback goes into a file, its path onto the screen.

    A system without descriptors or memory is none, wherever it was met.
    """
    from gonogo_evidence.files import EXHAUSTED, exhausted  # noqa: PLC0415 - needed by a bug only

    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in EXHAUSTED):
        return exhausted(error, where="")
    report = _write_report(error, output.world)
    if report is None:
        where, next_step = "", msg("Run it again with --debug to see the traceback, and report it.")
    else:
        where, next_step = str(report), msg("Please report this with the file named above. It holds no environment.")
    kind = type(error).__name__
    return Inconclusive("INTERNAL", msg("gonogo has a bug ({kind}).", kind=kind), where=where, next_step=next_step)


def _write_report(error: BaseException, world: World) -> Path | None:
    import platform  # noqa: PLC0415 - needed by a bug only
    import traceback  # noqa: PLC0415 - the same

    from gonogo.version import __version__  # noqa: PLC0415 - the same

    own = world.env.get("GONOGO_HOME", "")
    state = (
        world.home("GONOGO_HOME", ".")
        if own.startswith("/")
        else world.home("XDG_STATE_HOME", ".local/state") / "gonogo"
    )
    moment = world.now().strftime("%Y%m%d-%H%M%S-%f")
    path = state / "crash" / f"{moment}.txt"
    head = f"gonogo {__version__}, Python {platform.python_version()}, {platform.system()}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - a descriptor
            file.write(head + "".join(traceback.format_exception(error)))
    except OSError:
        return None
    return path
