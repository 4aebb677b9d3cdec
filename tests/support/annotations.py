"""A second reader of workflow commands, by the rules of the forge's own runner (``ActionCommand``, both forms)."""

from __future__ import annotations

from dataclasses import dataclass

DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


@dataclass(frozen=True, slots=True)
class Command:
    """What the runner is told."""

    name: str
    properties: dict[str, str]
    data: str


def read_command(line: str) -> Command | None:
    """The command in a line of a step's output; None where the runner sees mere output."""
    return _newer(line.strip()) or _older(line)


def _newer(line: str) -> Command | None:
    """``::name key=value,key=value::data``."""
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    pairs = (part.partition("=") for part in rest.split(",") if part.strip())
    properties = {key.strip(): _unescaped(value, PROPERTY) for key, _, value in pairs if value}
    return Command(name, properties, _unescaped(line[end + 2 :], DATA))


def _older(line: str) -> Command | None:
    """``##[name key=value;key=value]data``, anywhere in a line."""
    begin = line.find("##[")
    end = line.find("]", begin)
    return Command(line[begin + 3 : end].partition(" ")[0], {}, line[end + 1 :]) if 0 <= begin < end else None


def _unescaped(words: str, table: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in table:
        words = words.replace(escaped, plain)
    return words
