"""The group of commands: a command's module is imported when it is called, the help comes from the table."""

from __future__ import annotations

import copy
from importlib import import_module
from typing import TYPE_CHECKING, cast

import click
from click.shell_completion import CompletionItem

from gonogo.cli.context import debug_option, lang_option, output_of, verbose_option
from gonogo.cli.table import TABLE, help_text
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HEADINGS = (msg("Usage: "), msg("Options"), msg("Positional arguments"), msg("Commands"))
BY_CLICK = msg("Show this message and exit.")
"""What click says by itself in a command's help."""
EXTRAS = {"required": msg("required"), "default: ": msg("default: ")}
HELP_OPTIONS = ["-h", "--help"]


class Formatter(click.HelpFormatter):
    """Says the help of a command in the operator's language: each English sentence is looked up in the catalogue."""

    say: Callable[[Text], str] = str

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line with the options."""
        super().write_usage(prog, args, prefix or self.say(HEADINGS[0]))

    def write_heading(self, heading: str) -> None:
        """The head of a list."""
        super().write_heading(self.say(Text(heading)))

    def write_text(self, text: str) -> None:
        """The paragraph about the command."""
        super().write_text(self.say(Text(text)))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """A list of options; what click adds behind two blanks in brackets is said too."""
        super().write_dl([(left, self._option(right)) for left, right in rows], col_max, col_spacing)

    def _option(self, words: str) -> str:
        sentence, blank, extra = words.partition("  [")
        for english, text in EXTRAS.items():
            extra = extra.replace(english, self.say(text))
        return self.say(Text(sentence)) + blank + extra


class Context(click.Context):
    """A context whose help speaks the operator's language."""

    def make_formatter(self) -> click.HelpFormatter:
        """The formatter for this command's help."""
        formatter = Formatter(width=self.terminal_width, max_width=self.max_content_width)
        formatter.say = output_of(self).words
        return formatter


class LazyGroup(click.Group):
    """Knows its commands by the table and imports the one that is called."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the table's order."""
        del ctx
        return [entry.name for entry in TABLE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        del ctx
        for entry in TABLE:
            if entry.name == cmd_name:
                module, _, attribute = entry.target.partition(":")
                return _seated(cast("click.Command", getattr(import_module(module), attribute)))
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names. Raises ``BadInput`` COMMAND_UNKNOWN with the nearest name."""
        if self.get_command_name(args[0]) is None:
            raise unknown_command(args[0])
        output_of(ctx).command = args[0]
        return super().resolve_command(ctx, args)

    def get_command_name(self, word: str) -> str | None:
        """The word, if it is a command's name."""
        return next((entry.name for entry in TABLE if entry.name == word), None)

    def get_help(self, ctx: click.Context) -> str:
        """The help that is made from the table."""
        output = output_of(ctx)
        return help_text(output.words, output.gonogo)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names from the table; click would import every command for its short help."""
        names = [CompletionItem(e.name, help=str(e.help)) for e in TABLE if e.name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


def unknown_command(word: str) -> BadInput:
    """The refusal of a word that is no command."""
    from difflib import get_close_matches  # noqa: PLC0415 - needed by a mistake only

    near = get_close_matches(word, [entry.name for entry in TABLE], n=1)
    next_step = msg("Did you mean: gonogo {command}", command=near[0]) if near else msg("All commands: gonogo --help")
    return BadInput(
        "COMMAND_UNKNOWN", msg("There is no command {word}.", word=word), where=f"gonogo {word}", next_step=next_step
    )


def _seated(command: click.Command) -> click.Command:
    """A copy of a command with the options and the help that all commands have; the original stays as it was made."""
    seated = copy.copy(command)
    seated.context_class = Context
    seated.context_settings = {"help_option_names": HELP_OPTIONS, **command.context_settings}
    if isinstance(seated, click.Group):
        seated.commands = {name: _seated(inner) for name, inner in seated.commands.items()}
    taken = {name for parameter in command.params for name in parameter.opts}
    shared = [option for option in _shared() if not taken.intersection(option.opts)]
    seated.params = [*command.params, *shared]
    return seated


def _shared() -> list[click.Parameter]:
    @lang_option
    @verbose_option
    @debug_option
    def carrier() -> None:
        """Hold the options."""

    made = click.command(carrier)
    return made.params


def make_group() -> LazyGroup:
    """The command ``gonogo``."""
    return LazyGroup(
        "gonogo",
        params=_shared(),
        context_settings={"help_option_names": HELP_OPTIONS},
        no_args_is_help=False,
    )


def call(arguments: list[str], context_object: object, name: str) -> int:
    """Run one command. Returns its exit code; errors of click and of gonogo come out as they were raised."""
    group = make_group()
    code: object = None
    try:
        with group.make_context(name, arguments, obj=context_object) as context:
            code = group.invoke(context)
    except click.exceptions.Exit as wanted:
        return wanted.exit_code
    return code if isinstance(code, int) else 0
