"""Where the packaged defaults lie: operator data, read by path, never imported."""

from __future__ import annotations

from pathlib import Path


def packaged_config() -> Path:
    """Return the folder of the packaged defaults: inside the wheel, or ``config/`` of a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "defaults"
    return inside if inside.is_dir() else package.parent.parent / "config"
