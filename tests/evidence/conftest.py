"""Property tests on a shared machine: the first draw of a text builds Hypothesis's tables, which takes its time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
