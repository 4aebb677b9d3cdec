"""The program that :mod:`gonogo_policies.docs.beside` starts: a job file in, one sheet for each document out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from gonogo_policies.docs.library import parse
from gonogo_policies.docs.sheets import to_json
from gonogo_policies.docs.text import text_at


def main(place: str) -> None:
    """Parse the documents of a job; one that is no text is null."""
    job = json.loads(Path(place).read_bytes())
    tree, roots = Path(job["tree"]), frozenset(job["roots"])
    sheets: list[Any] = []
    for name in job["files"]:
        source = text_at(tree / name)
        sheets.append(None if source is None else to_json(parse(source, roots)))
    json.dump(sheets, sys.stdout, ensure_ascii=True, separators=(",", ":"))
