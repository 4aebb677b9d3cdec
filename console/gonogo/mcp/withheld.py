"""Secrets out of what a chat is shown: what the maintained detectors find is not handed to any host or model.

The same detectors and markers as before the seal (:mod:`gonogo_agents.redact`). Where the search cannot be done,
nothing is shown.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gonogo_agents.detectors import find_secrets
from gonogo_agents.redact import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.redact import Span
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON

WHY: Final = "Secrets are shown to nobody: each stands as [redacted:KIND:N]. Report where it lies, never what it is."


def without_secrets(world: World, value: JSON) -> tuple[JSON, dict[str, Any]]:
    """The value with markers in its strings, and what an answer says of them: nothing where there were none.

    Raises:
        Inconclusive: SECRET_SCAN_MISSING, SECRET_SCAN_FAILED.
    """

    def scan(texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
        with tempfile.TemporaryDirectory(prefix="gonogo-shown-") as folder:
            return find_secrets(world, Path(folder), texts)

    redaction = plan({"shown": value}, {}, {}, scan)
    if not redaction.secrets:
        return value, {}
    kinds = sorted({secret.detector for secret in redaction.secrets})
    return redaction.of(value), {"withheld": {"count": len(redaction.secrets), "kinds": kinds, "why": WHY}}
