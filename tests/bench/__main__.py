"""``make bench``: one file a row, both sides interleaved in one run, medians, ratios. Never a test: cores are noisy."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
ROWS = Path(__file__).parent


def main() -> None:
    """Run every ``bench_*.py`` beside this file (or those named) and print its rows as they come."""
    chosen = sys.argv[1:] or [info.name for info in pkgutil.iter_modules([str(ROWS)]) if info.name.startswith("bench_")]
    sys.stdout.write(f"{'row':<46} {'ours':>9} {'other':>9} {'ratio':>7} {'target':>7}  noise of the ratio\n")
    for name in chosen:
        for line in importlib.import_module(f"bench.{name}").rows():
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


main()
