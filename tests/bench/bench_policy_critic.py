"""The policy critic over a large diff, every file of this checkout added, against 50,000 lines in a second of one core.

The first row is reading the diff and playing the rules, the second adds the detectors of secrets with their start.
What is counted is processor time, our own and that of the detectors: a busy machine makes neither side slower.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import rounds, row
from gonogo_agents.detectors import Detectors
from gonogo_agents.world import real_world
from gonogo_policies.config.policies import packaged_pack
from gonogo_policies.config.policy_packs import put_together
from gonogo_policies.critic import Context, criticise, read_diff, read_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gonogo_policies.critic import FindSecrets
    from gonogo_policies.critic.hits import Span

TREE = Path(__file__).resolve().parents[2]
FOLDERS = ("console", "graph", "agents", "policies", "evidence", "config", "tests")
SUFFIXES = {".py", ".toml", ".json", ".md"}
LINES_A_SECOND = 50_000
ROUNDS = 7


def rows() -> Iterator[str]:
    """Rules alone, and with the detectors."""
    diff, pack = _diff(), read_pack(put_together({"default": packaged_pack("default")}).model_dump(mode="json"))
    count = diff.count(b"\n")

    def play(find_secrets: FindSecrets) -> float:
        began = _spent()
        assert criticise(read_diff(diff), pack, Context(), find_secrets).lines > 0
        return (_spent() - began) * 1000

    def allowed() -> float:
        return count / LINES_A_SECOND * 1000

    with tempfile.TemporaryDirectory() as place:
        detectors = Detectors(real_world(), Path(place))
        detectors.scan([b"x"])
        for name, find in (("rules", _nothing), ("with detectors", detectors.scan)):
            sides: list[Callable[[], float | None]] = [partial(play, find), allowed]
            yield row(f"critic, {name}, {count:,} lines / 50,000 a s", rounds(sides, ROUNDS), 1.0)


def _spent() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _nothing(texts: Sequence[bytes]) -> list[list[Span]]:
    return [[] for _ in texts]


def _diff() -> bytes:
    """Every file, as git would print it when it is added."""
    parts: list[bytes] = []
    for folder in FOLDERS:
        for path in sorted((TREE / folder).rglob("*")):
            lines = path.read_bytes().removesuffix(b"\n").split(b"\n") if path.suffix in SUFFIXES else []
            if lines and path.stat().st_size:
                name = path.relative_to(TREE).as_posix()
                head = f"diff --git a/{name} b/{name}\nnew file mode 100644\nindex 0000000..1111111\n"
                head += f"--- /dev/null\n+++ b/{name}\n"
                parts += [
                    head.encode(),
                    f"@@ -0,0 +1,{len(lines)} @@\n".encode(),
                    *(b"+" + line + b"\n" for line in lines),
                ]
    return b"".join(parts)
