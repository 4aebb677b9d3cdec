"""One command from its words to its exit code: every way to end is turned into words here, and nowhere else."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output
from gonogo.cli.errors import from_click, interrupted, render, unexpected
from gonogo.cli.group import call, make_group
from gonogo_agents.texts import LANGUAGES, choose_language
from gonogo_evidence.errors import GonogoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.world import World

COMPLETE = "_GONOGO_COMPLETE"


def take_seat(arguments: list[str], env: Mapping[str, str], world: World | None) -> int:
    """Run one command line. Returns the exit code of the command or of its refusal; raises nothing."""
    language = choose_language(env, _named_language(arguments))
    output = Output(env, language=language, json=_asks_json(arguments), given=world)
    if COMPLETE in env:
        return _complete(env[COMPLETE], output)
    try:
        return call(arguments, output, output.gonogo)
    except (KeyboardInterrupt, click.Abort):
        return interrupted(output)
    except click.ClickException as error:
        return render(from_click(error), output)
    except GonogoError as error:
        _trace(output)
        return render(error, output)
    except Exception as error:  # noqa: BLE001 - the last door: a bug becomes words and a file
        _trace(output)
        return render(unexpected(error, output), output)


def _asks_json(arguments: list[str]) -> bool:
    """Whether the answer must be JSON even if the rest of the line is not understood."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return "--json" in arguments[:end]


def _named_language(arguments: list[str]) -> str:
    """What ``--lang`` names, wherever it stands: help and mistakes are said before options are read to the end."""
    named = ""
    for word, behind in zip(arguments, [*arguments, ""][1:], strict=True):
        option, _, value = word.partition("=")
        named = (value or behind) if option == "--lang" else named
    return named if named in LANGUAGES else ""


def _trace(output: Output) -> None:
    if output.debug:
        traceback.print_exc(file=sys.stderr)


def _complete(instruction: str, output: Output) -> int:
    from click.shell_completion import shell_complete  # noqa: PLC0415 - the shell's business only

    return shell_complete(make_group(), {"obj": output}, "gonogo", COMPLETE, instruction)
