"""What a command knows of the seat it serves: language, JSON or words, colour, terminal; and options that many share.

Words and progress go to standard error, results to standard output.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import click

from gonogo.cli.invocation import invocation, with_invocation
from gonogo.cli.streams import emit, shows, visible, visible_json
from gonogo_agents.texts import LANGUAGES, Language, choose_language, translator
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.world import World

Colour: TypeAlias = Literal["bold", "dim", "red", "green", "yellow"]
_ANSI: dict[Colour, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_F = TypeVar("_F", bound="Callable[..., Any]")


@dataclass
class Output:
    """The operator's seat during one command."""

    env: Mapping[str, str]
    language: Language = "en"
    json: bool = False
    """One JSON document on standard output instead of words."""
    verbose: int = 0
    debug: bool = False
    """Show tracebacks."""
    gonogo: str = field(default_factory=invocation)
    """The executable as it was called."""
    command: str = ""
    """The command's name, once it is known."""
    given: World | None = None

    @cached_property
    def world(self) -> World:
        """Clock, randomness, environment and programs; made when first asked for."""
        from gonogo_agents.world import real_world  # noqa: PLC0415 - reading commands need no programs

        return self.given or real_world()

    def words(self, text: Text) -> str:
        """A sentence in the operator's language, its commands ready to paste, its values made safe to show."""
        values = ((name, visible(value) if isinstance(value, str) else value) for name, value in text.values)
        return with_invocation(translator(self.language)(Text(text.template, tuple(values))), self.gonogo)

    def say(self, text: Text) -> None:
        """Say a sentence on standard error."""
        emit(sys.stderr, self.words(text))

    def result(self, document: Mapping[str, object], human: str) -> None:
        """Hand over the result: the document with ``--json``, else the words; nothing at all for no words."""
        if self.json:
            emit(sys.stdout, self._encoded(document))
        elif human:
            emit(sys.stdout, human)

    def _encoded(self, document: Mapping[str, object]) -> str:
        plain = visible_json(json.dumps(document, indent=2, ensure_ascii=False))
        return plain if shows(sys.stdout, plain) else json.dumps(document, indent=2)

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked: standard input and standard error are a terminal."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def live(self) -> bool:
        """Whether standard error can show a list that moves."""
        return sys.stderr.isatty() and self.env.get("TERM", "") not in {"", "dumb"} and not self.env.get("NO_COLOR")

    def paint(self, words: str, colour: Colour) -> str:
        """Colour words for standard output, where it is a terminal that has colours and nobody said no."""
        if self.env.get("NO_COLOR") or self.env.get("TERM") == "dumb" or not sys.stdout.isatty():
            return words
        return f"\x1b[{_ANSI[colour]}m{words}\x1b[0m"

    def ask(self, question: Text) -> str:
        """Ask on standard error, read one line. Raises ``BadInput`` NO_TERMINAL where nobody could answer."""
        if not self.interactive:
            raise BadInput(
                "NO_TERMINAL",
                msg("There is a question, and no terminal to ask it: {question}", question=self.words(question)),
                next_step=msg("Run the command in a terminal, or give the answer as an option."),
            )
        sys.stderr.write(self.words(question) + " ")
        sys.stderr.flush()
        return sys.stdin.readline().strip()


pass_output = click.make_pass_decorator(Output)
"""Hands the :class:`Output` to a command as its first argument."""


def output_of(context: click.Context) -> Output:
    """The seat that a context belongs to."""
    output = context.find_object(Output)
    if output is None:
        raise RuntimeError("a gonogo command was called outside gonogo's own group")
    return output


def require_name(named: str) -> str:
    """Refuse a name without a letter: an unset variable in a script must not mean the newest run, or this folder."""
    if not named.strip():
        raise BadInput(
            "NAME_EMPTY",
            msg("The name of the run or pack is empty."),
            next_step=msg("gonogo inbox --all"),
        )
    return named


def _set_json(context: click.Context, _: click.Parameter, value: object) -> None:
    if value:
        output_of(context).json = True


def _set_language(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        output = output_of(context)
        output.language = choose_language(output.env, value)


def _set_verbose(context: click.Context, _: click.Parameter, value: int) -> None:
    output_of(context).verbose += value


def _set_debug(context: click.Context, _: click.Parameter, value: object) -> None:
    if value:
        output_of(context).debug = True


def json_option(function: _F) -> _F:
    """``--json``: sets :attr:`Output.json`; the command gets no argument."""
    words = str(msg("one JSON document instead of words"))
    return click.option("--json", is_flag=True, expose_value=False, is_eager=True, callback=_set_json, help=words)(
        function
    )


def repo_option(function: _F) -> _F:
    """``--repo DIR`` as ``repo: Path | None``; None is the repository around the current folder."""
    words = str(msg("the repository (default: around the current folder)"))
    return click.option("--repo", type=click.Path(path_type=Path), default=None, metavar="DIR", help=words)(function)


def lang_option(function: _F) -> _F:
    """``--lang de|en|auto``: sets :attr:`Output.language`. The group gives it to every command."""
    words = str(msg("language of what is said (auto: from the environment)"))
    return click.option(
        "--lang",
        type=click.Choice([*LANGUAGES, "auto"]),
        expose_value=False,
        is_eager=True,
        callback=_set_language,
        help=words,
    )(function)


def verbose_option(function: _F) -> _F:
    """``-v``, ``--verbose``: counts into :attr:`Output.verbose`. The group gives it to every command."""
    words = str(msg("say more"))
    return click.option("-v", "--verbose", count=True, expose_value=False, callback=_set_verbose, help=words)(function)


def debug_option(function: _F) -> _F:
    """``--debug``: sets :attr:`Output.debug`. The group gives it to every command."""
    words = str(msg("show tracebacks"))
    return click.option("--debug", is_flag=True, expose_value=False, is_eager=True, callback=_set_debug, help=words)(
        function
    )
