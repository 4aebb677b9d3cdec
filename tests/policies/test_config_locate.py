"""Lines of keys in TOML: an oracle that writes the file knows where each key went."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_policies.config.locate import KeyPath, locate, positions

pytestmark = pytest.mark.fast

BARE = st.text("abcXYZ_-09", min_size=1, max_size=5)
QUOTED = st.text("ab .#=[]{}\"\\'ü", min_size=1, max_size=5)
SCALARS = st.sampled_from(
    [
        "1",
        "true",
        "3.5",
        '"a # b"',
        "'c ] }'",
        '"quote \\" = ["',
        "2026-01-09",
        '"""two\nlines = 1\n"""',
        "'''x\n[y]'''",
    ]
)


ONE_LINE = SCALARS.filter(lambda text: "\n" not in text)


@dataclass
class Writer:
    """Writes TOML and remembers on which line each path begins."""

    lines: list[str] = field(default_factory=list)
    expected: dict[KeyPath, int] = field(default_factory=dict)

    def add(self, text: str) -> int:
        at = sum(line.count("\n") + 1 for line in self.lines) + 1
        self.lines.append(text)
        return at

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def quote(name: str) -> str:
    if name and all(character.isascii() and (character.isalnum() or character in "_-") for character in name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    """A file of nested tables, arrays of tables, dotted keys, inline tables and lists over several lines."""
    writer = Writer()
    keys = draw(st.lists(st.one_of(BARE, QUOTED), min_size=1, max_size=6, unique=True))
    for number, key in enumerate(keys):
        for _ in range(draw(st.integers(0, 2))):
            writer.add(draw(st.sampled_from(["", "# [not] = a key", "   # x"])))
        kind = draw(st.sampled_from(["table", "tables", "nested"])) if number else "pairs"
        if kind == "tables":
            for index in range(draw(st.integers(1, 3))):
                at = writer.add(f"[[{quote(key)}]]")
                writer.expected.setdefault((key,), at)
                writer.expected[(key, index)] = at
                pairs(draw, writer, (key, index))
                at = writer.add(f"[{quote(key)}.sub]")
                writer.expected[(key, index, "sub")] = at
                pairs(draw, writer, (key, index, "sub"))
        elif kind == "nested":
            at = writer.add(f"[ {quote(key)} . 'in'.deep ]")
            writer.expected |= {(key,): at, (key, "in"): at, (key, "in", "deep"): at}
            pairs(draw, writer, (key, "in", "deep"))
        elif kind == "table":
            writer.expected[(key,)] = writer.add(f"[{quote(key)}] # comment")
            pairs(draw, writer, (key,))
        else:
            pairs(draw, writer, ())
    return writer


def pairs(draw: st.DrawFn, writer: Writer, table: KeyPath) -> None:
    for number, kind in enumerate(draw(st.lists(st.sampled_from(["plain", "dotted", "inline", "list"]), max_size=3))):
        name = f"k{number}"
        if kind == "plain":
            writer.expected[(*table, name)] = writer.add(f"  {name} = {draw(SCALARS)} # end")
        elif kind == "dotted":
            at = writer.add(f"{name}.'x y'.z = {draw(SCALARS)}")
            writer.expected |= {(*table, name): at, (*table, name, "x y"): at, (*table, name, "x y", "z"): at}
        elif kind == "inline":
            at = writer.add(f"{name} = {{ p = {draw(ONE_LINE)}, q.r = [1, 2] }}")
            for depth in ((), ("p",), ("q",), ("q", "r"), ("q", "r", 0), ("q", "r", 1)):
                writer.expected[(*table, name, *depth)] = at
        else:
            writer.expected[(*table, name)] = writer.add(f"{name} = [ # first")
            writer.expected[(*table, name, 0)] = writer.add("  'a', # ]")
            at = writer.add("  { b = 1 },")
            writer.expected |= {(*table, name, 1): at, (*table, name, 1, "b"): at}
            writer.add("]")


@settings(deadline=None, max_examples=40)
@given(documents())
def test_every_key_is_found_where_it_was_written(writer: Writer) -> None:
    tomllib.loads(writer.text)
    assert {path: locate(writer.text, path) for path in writer.expected} == writer.expected


@settings(deadline=None, max_examples=20)
@given(documents())
def test_line_ends_of_windows_change_nothing(writer: Writer) -> None:
    assert positions(writer.text.replace("\n", "\r\n")) == positions(writer.text)


@given(st.text("ab.=[]{}\"'\\\n# ", max_size=60), st.lists(st.one_of(BARE, st.integers(0, 3)), max_size=4))
def test_what_is_not_toml_gives_a_line_and_no_error(text: str, path: list[str | int]) -> None:
    assert 1 <= locate(text, path) <= text.count("\n") + 1


def test_a_key_that_is_missing_is_placed_at_its_table() -> None:
    text = "a = 1\n\n[layers.L0]\nname = 'x'\n"
    assert locate(text, ("layers", "L0", "purpose")) == 3
    assert locate(text, ("nowhere",)) == 1
    assert locate(text, ()) == 1


def test_depth_has_an_end() -> None:
    assert locate("a = " + "[" * 5000 + "]" * 5000, ("a", 0)) == 1
