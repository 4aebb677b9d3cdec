"""The version that runs stamp into their evidence: read from the distribution, once, when a run starts."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("gonogo")
