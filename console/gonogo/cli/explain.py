"""``gonogo explain [CODE]``: what a code means, and what to do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.columns import columns
from gonogo.cli.context import Output, json_option, pass_output
from gonogo.cli.invocation import with_invocation
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_agents.texts import Language

CATALOGUE = Path(__file__).parent / "codes" / "codes.toml"
SCHEMA = "gonogo/codes/v1"


@dataclass(frozen=True, slots=True)
class Code:
    """What the catalogue says about one code, in one language."""

    code: str
    exits: tuple[int, ...]
    """The exit codes that it can come with, the usual one first."""
    meaning: str
    next_step: str

    def json(self) -> dict[str, object]:
        """The form for ``--json``."""
        return {"code": self.code, "exit_codes": list(self.exits), "meaning": self.meaning, "next": self.next_step}


def catalogue(language: Language, path: Path = CATALOGUE) -> dict[str, Code]:
    """All codes by name, in alphabetical order."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Code(
            name,
            (entry["exit"],) if isinstance(entry["exit"], int) else tuple(entry["exit"]),
            entry[f"meaning_{language}"],
            entry[f"next_{language}"],
        )
        for name, entry in sorted(entries.items())
    }


@click.command(
    "explain", help=str(msg("What an error code means and what to do about it; without CODE, the list of all codes."))
)
@click.argument("code", required=False)
@json_option
@pass_output
def command(output: Output, code: str | None) -> int:
    """Print one code or all."""
    known = catalogue(output.language)
    if code is None:
        _list(output, known)
        return 0
    entry = known.get(code.upper())
    if entry is None:
        raise _unknown(code, list(known))
    next_step = with_invocation(entry.next_step, output.gonogo)
    exits = ", ".join(str(number) for number in entry.exits)
    human = "\n".join(
        (
            output.paint(entry.code, "bold") + "  " + output.words(msg("(exit code {exits})", exits=exits)),
            "  " + entry.meaning,
            "  " + output.words(msg("Next: {next}", next=next_step)),
        )
    )
    output.result({"schema": SCHEMA, "codes": [{**entry.json(), "next": next_step}]}, human)
    return 0


def _list(output: Output, known: dict[str, Code]) -> None:
    rows = [(entry.code, ", ".join(map(str, entry.exits)), entry.meaning) for entry in known.values()]
    human = "" if output.json else columns(output, (msg("Code"), msg("Exit"), msg("Meaning")), rows)
    output.result({"schema": SCHEMA, "codes": [entry.json() for entry in known.values()]}, human)


def _unknown(code: str, known: list[str]) -> BadInput:
    near = get_close_matches(code.upper(), known, n=1, cutoff=0.5)
    next_step = msg("Did you mean: gonogo explain {code}", code=near[0]) if near else msg("gonogo explain")
    return BadInput("CODE_UNKNOWN", msg("There is no code {code}.", code=code), next_step=next_step)
