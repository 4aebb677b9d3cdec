"""Write ``table.json`` anew from what the strangers say now; by hand, and read what changed: ``git diff``."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

if __name__ == "__main__":
    from test_judges import ask  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        (HERE / "table.json").write_text(json.dumps(ask(Path(folder)), indent=1) + "\n")
