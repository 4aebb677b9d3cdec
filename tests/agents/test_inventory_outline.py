"""The outline of a YAML file takes whatever it is given."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_agents.duties.facts.outline import outline

pytestmark = pytest.mark.fast


def test_keys_items_quotes_comments_and_joined_values() -> None:
    text = """\
a: &x 1 # one
'b c': "two # no comment"
list:
- d: [1,
    2] # joined
  e: {f: g}
- plain # item
url: http://example.org/a:b
block: |-
  not: a key
"h:i": !tag j
"""
    told = [(node.line, node.indent, node.name, node.value, node.item) for node in outline(text.split("\n"))]
    assert told == [
        (1, 0, "a", "1", False),
        (2, 0, "b c", '"two # no comment"', False),
        (3, 0, "list", "", False),
        (4, 2, "d", "[1, 2]", True),
        (6, 2, "e", "{f: g}", False),
        (7, 2, "", "plain", True),
        (8, 0, "url", "http://example.org/a:b", False),
        (9, 0, "block", "|-", False),
        (11, 0, "h:i", "j", False),
    ]


YAMLISH = st.lists(
    st.sampled_from(
        [
            "jobs:",
            "  a:",
            "    name: x",
            "  - b",
            "- id: c",
            "  run: |",
            "    text",
            "k: [a,",
            "  b]",
            'q: "open',
            "#",
            "",
            "{",
            "? x",
            "\t",
        ]
    )
    | st.text(max_size=12),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(YAMLISH)
def test_the_outline_takes_any_lines_and_counts_them_right(lines: list[str]) -> None:
    nodes = outline(lines)
    assert [node.line for node in nodes] == sorted({node.line for node in nodes})
    assert all(1 <= node.line <= len(lines) for node in nodes)
