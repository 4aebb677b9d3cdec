"""Which files of a configuration declare gates, by the names under which the core lists them."""

from __future__ import annotations

FILE = "gates.toml"


def declares_gates(key: str) -> bool:
    """Whether a file declares gates: ``gates.toml``, ``.gonogo/gates.toml``, another side's ``gates.toml@trust``."""
    return key.partition("@")[0].rpartition("/")[2] == FILE
