"""A small value-at-risk report: historical simulation over daily profits and losses, one row a book, CSV.

python scripts/var_report.py data/positions.csv out/var.csv
"""

import csv
import math
import sys
from pathlib import Path
from statistics import fmean

LEVEL = 0.95


def figures(profits: list[float], hedges: list[float]) -> dict[str, str]:
    """VaR and expected shortfall at 95 %, and the hedge ratio, NaN for a book without hedges."""
    losses = sorted((-profit for profit in profits), reverse=True)
    tail = losses[: max(1, math.ceil(len(losses) * (1 - LEVEL)))]
    ratio = sum(hedges) / sum(abs(profit) for profit in profits) if any(hedges) else math.nan
    return {"var_95": f"{tail[-1]:.4f}", "es_95": f"{fmean(tail):.4f}", "hedge_ratio": f"{ratio:.4f}"}


def main(source: str, target: str) -> int:
    """Read ``book,profit,hedge`` lines, write one row a book."""
    books: dict[str, tuple[list[float], list[float]]] = {}
    with Path(source).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            profits, hedges = books.setdefault(row["book"], ([], []))
            profits.append(float(row["profit"]))
            hedges.append(float(row["hedge"]))
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["book", "var_95", "es_95", "hedge_ratio"])
        writer.writeheader()
        writer.writerows({"book": book, **figures(*columns)} for book, columns in sorted(books.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
