"""The table of ``docs/layer-runs.md``: a run of each layer in each mode, as it really ends.

``python -m support.layer_table`` (in ``tests/``) writes it; ``tests/console/test_layer_runs.py`` compares.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from support.desk import make_desk
from support.model_desk import DOCS, GOOD, critique, give_providers
from support.model_run import layer_run
from support.model_server import KEY, ModelServer, model_server

if TYPE_CHECKING:
    from support.desk import Desk

PAGE = Path(__file__).resolve().parents[2] / "docs" / "layer-runs.md"
BEGIN, END = "<!-- table: python -m support.layer_table -->\n", "<!-- end of table -->\n"
HEAD = "| layer | mode | verdict of step D | what it says |\n|---|---|---|---|\n"
CHANGED = {f"docs/{name}.md": f"# {name.title()}\n\nWhat {name} is about.\n" for name in ("first", "second", "third")}
MODELS = {
    "L0": ("gpt-5.2", "deepseek-r1"),
    "L1": ("o3-deep-research", "o3-pro"),
    "L2": ("gpt-5.2-pro", "deepseek-r1"),
    "L3": ("gpt-5.2-pro", "o3"),
    "L4": ("o3-pro", "gpt-5.2-pro"),
}


def table(folder: Path) -> str:
    """The table, from real runs to step D in a folder."""
    with model_server() as server:
        desk = make_desk(folder, DOCS, (CHANGED,))
        desk.enrol()
        desk.env["TEST_MODEL_KEY"] = KEY
        give_providers(desk, server)
        rows = [_row(desk, server, f"L{number}", mode) for number in range(7) for mode in ("smoke", "live", "replay")]
    return HEAD + "".join(rows)


def _row(desk: Desk, server: ModelServer, layer: str, mode: str) -> str:
    for model, said in zip(MODELS.get(layer, ()), (GOOD.get(layer), critique()), strict=False):
        server.say(model, said)
    try:
        done = layer_run(desk, layer=layer, mode=mode)
    except GonogoError as error:
        return f"| {layer} | {mode} | no run (exit {error.exit_code}) | `{error.code}`: {error.what} |\n"
    return f"| {layer} | {mode} | {done.result.verdict} | {done.result.value['label']['text']} |\n"  # type: ignore[index,call-overload]


def page(words: str, made: str) -> str:
    """The page with its table made anew; everything around it stays."""
    before, _, rest = words.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), table(Path(name) / "desk")), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
