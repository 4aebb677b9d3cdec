"""The gate beside lychee offline, on a corpus written by hand: each difference has a class, and each class an example.

What lychee 0.24.2 said is recorded; ``tests/bench/compare_lychee.py`` asks it anew over what others wrote.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

from support.lychee import Class, corpus, differences, ours, theirs

ASSETS = Path(__file__).parents[2] / "assets"
CORPUS = ASSETS / "lychee"
TABLE = Path(__file__).parents[3] / "docs" / "lychee.md"


def test_every_difference_has_a_class_and_every_class_an_example() -> None:
    tree, library, documents = corpus(CORPUS)
    our = ours(tree, library, documents, fragments=True)
    their = theirs(json.loads((ASSETS / "lychee.json").read_bytes()), "/repository/tests/assets/lychee")
    found = {kind for kind, _, _ in differences(our, their, tree)}
    assert found == set(get_args(Class)) - {"OTHER"}
    agreed = {(one.document, one.place) for one in our} & {(one.document, one.place) for one in their}
    assert {place for _, place in agreed} == {"gone.md", "gone.png", "docs/page.md#third", "gone-from-top.md"}


def test_the_table_has_every_class_and_leaves_none_over() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \| (\d+) \|", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _, _ in rows} == set(get_args(Class))
    assert [(npm, sdists) for name, npm, sdists in rows if name == "OTHER"] == [("0", "0")]
