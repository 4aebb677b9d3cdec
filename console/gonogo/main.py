"""The command ``gonogo``. What needs no click (help, version) is answered before click is imported."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gonogo.cli.streams import emit, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_agents.world import World


HOOK_WORDS = 2
"""``hook HOST``."""


def main(argv: Sequence[str] | None = None, *, world: World | None = None) -> int:
    """Run one command line and return its exit code (product.md, "Exit codes").

    Args:
        argv: the words behind the program's name; None takes the process's own.
        world: time, environment and programs; None is the machine's.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    env: Mapping[str, str] = os.environ if world is None else world.env
    prepare()
    if len(arguments) == HOOK_WORDS and arguments[0] == "hook":
        from gonogo import hook  # noqa: PLC0415 - the one command that a host waits for at each tool call

        if arguments[1] in hook.HOSTS:
            return hook.main(arguments, sys.stdin, sys.stdout)
    try:
        code = _quick(arguments, env)
        return _run(arguments, env, world, alone=argv is None) if code is None else code
    except KeyboardInterrupt:
        return _interrupted(env)


def _quick(arguments: list[str], env: Mapping[str, str]) -> int | None:
    """Help and version; None for everything else, and for anything unusual."""
    if any(name.startswith("_GONOGO_") for name in env):
        return None
    language, wanted = "", "" if arguments else "nothing"
    words = iter(arguments)
    for word in words:
        if word in {"-h", "--help", "--version"}:
            wanted = wanted or word
        elif word == "--lang":
            language = next(words, "?")
        else:
            return None
    if language not in {"", "de", "en", "auto"} or not wanted:
        return None
    if wanted == "--version":
        from gonogo.version import __version__  # noqa: PLC0415 - only when asked for

        emit(sys.stdout, f"gonogo {__version__}")
        return 0
    return _help(env, language, asked=wanted != "nothing")


def _help(env: Mapping[str, str], language: str, *, asked: bool) -> int:
    """Help that was asked for is a result; a command line without a command is a mistake, and gets the help too."""
    from gonogo.cli.invocation import invocation  # noqa: PLC0415 - --version needs none of this
    from gonogo.cli.table import help_text  # noqa: PLC0415 - the same
    from gonogo_agents.texts import choose_language, translator  # noqa: PLC0415 - the same

    say = translator(choose_language(env, language))
    emit(sys.stdout if asked else sys.stderr, help_text(say, invocation(env)))
    return 0 if asked else 2


def _run(arguments: list[str], env: Mapping[str, str], world: World | None, *, alone: bool) -> int:
    """Everything that is not help, through click. ``alone``: the process is ours, and so are its signals."""
    if alone:
        from gonogo.cli.stopping import listen  # noqa: PLC0415 - help is over before anybody can stop it

        listen()
    from gonogo.cli.seat import take_seat  # noqa: PLC0415 - this is where click is imported

    return take_seat(arguments, env, world)


def _interrupted(env: Mapping[str, str]) -> int:
    """Stopped so early that nobody else could say it."""
    from gonogo.cli.context import Output  # noqa: PLC0415 - needed by few
    from gonogo.cli.errors import interrupted  # noqa: PLC0415 - the same

    return interrupted(Output(env))
