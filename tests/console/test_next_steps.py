"""What stands behind "next:" can be pasted: a step that names a gonogo command is that command and nothing else."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from gonogo.cli.context import Output
from gonogo.cli.group import make_group
from gonogo.cli.table import TABLE
from support import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.fast

NAMES = "|".join(entry.name for entry in TABLE)
NAMED = re.compile(rf"\bgonogo (?:{NAMES})\b")
BEGINS = re.compile(rf"(?:[A-Z_]+=\S+ )*gonogo (?:{NAMES})\b")
STEPS_IN = {"next_command", "sign_again"}
"""Functions that make a next step for others to hand on."""
GUESS = "Did you mean"
"""A question about a mistyped word; what it guesses may be a command."""
STEP_NAMES = {"next_step", "again", "step"}
FIELDS = {"number": "1", "decision": "GO", "missing": "1", "code": "RUN_BUSY", "command": "gonogo", "host": "cursor"}
PLACEHOLDERS = {"DECISION": "GO", "NUMBER": "1", "LAYER": "L0"}


def templates(value: ast.expr) -> Iterator[str]:
    """The sentences that an expression can give."""
    for node in ast.walk(value):
        match node:
            case ast.Call(func=ast.Name(id="msg"), args=[ast.Constant(value=str(template)), *_]):
                yield template
            case _:
                pass


def steps_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        match node:
            case ast.keyword(arg="next_step", value=value):
                found = [value]
            case ast.Assign(targets=targets, value=value):
                found = [value] if any(isinstance(t, ast.Name) and t.id in STEP_NAMES for t in targets) else []
            case ast.FunctionDef(name=name) if name in STEPS_IN:
                found = [item.value for item in ast.walk(node) if isinstance(item, ast.Return) and item.value]
            case _:
                pass
        for value in found:
            yield from ((value.lineno, template) for template in templates(value))


def steps() -> dict[str, str]:
    """Every next step in the code, by its place."""
    return {
        f"{path.relative_to(catalogue.TREE)}:{line} {template}": template
        for path in catalogue.sources()
        for line, template in steps_of(ast.parse(path.read_text(encoding="utf-8")))
    }


STEPS = steps()
COMMANDS = {place: template for place, template in STEPS.items() if BEGINS.match(template)}


def complete(template: str) -> list[str]:
    """The words after ``gonogo``, fields and placeholders in capitals filled in as an operator would."""
    filled = re.sub(r"\{([a-z_]+)\}", lambda field: FIELDS.get(field[1], "20260101-000000-abcdef"), template)
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(filled)]
    return words[words.index("gonogo") + 1 :]


def parse(words: list[str]) -> None:
    """What the real parser says to a command line, down to the last command; nothing is run."""
    command: click.Command = make_group()
    context = command.make_context("gonogo", list(words), obj=Output({}))
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None, name
        command, context = found, found.make_context(name, rest, parent=context)


def test_there_are_steps_to_look_at() -> None:
    assert len(STEPS) > 150
    assert len(COMMANDS) > 25


def test_a_command_is_not_mixed_with_prose() -> None:
    named = {place for place, template in STEPS.items() if NAMED.search(template) and not template.startswith(GUESS)}
    mixed = sorted(named - COMMANDS.keys())
    assert mixed == []


@pytest.mark.parametrize("place", sorted(COMMANDS))
def test_a_command_is_understood_as_it_stands(place: str) -> None:
    try:
        parse(complete(COMMANDS[place]))
    except click.exceptions.Exit as ended:  # --help
        assert ended.exit_code == 0  # noqa: PT017 - only help may end it


@pytest.mark.parametrize(
    "template", ["gonogo sign {run}", "gonogo layers shows them.", "gonogo resume {run} asks again"]
)
def test_the_parser_would_tell(template: str) -> None:
    with pytest.raises(click.UsageError):
        parse(complete(template))
