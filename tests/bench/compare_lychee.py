"""The reference gate and lychee offline over a folder of documents, and the classes of their differences.

``python tests/bench/compare_lychee.py FOLDER LYCHEE``: what ``docs/lychee.md`` was counted with.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.lychee import corpus, differences, ours, theirs


def main(folder: Path, lychee: str) -> None:
    """Count, and show what no class explains."""
    tree, library, documents = corpus(folder)
    listed = "\n".join(documents).encode()
    argv = [lychee, "--offline", "--include-fragments", "--no-progress", "--format", "json", "--files-from", "-"]
    said = subprocess.run(argv, cwd=folder, input=listed, capture_output=True, check=False).stdout
    our = ours(tree, library, documents, fragments=True)
    their = theirs(json.loads(said), str(folder))
    rows = differences(our, their, tree)
    counts = Counter((whose, kind) for kind, whose, _ in rows)
    we, they = ({(one.document, one.place) for one in side} for side in (our, their))
    sys.stdout.write(f"documents {len(documents)}, ours {len(we)}, lychee {len(they)}, both {len(we & they)}\n")
    for (whose, kind), count in sorted(counts.items()):
        sys.stdout.write(f"{whose:<8}{kind:<14}{count}\n")
    for kind, whose, one in rows:
        if kind == "OTHER":
            sys.stdout.write(f"OTHER {whose} {one}\n")


main(Path(sys.argv[1]).resolve(), sys.argv[2])
