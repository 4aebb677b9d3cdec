"""Verify: is a folder the pack that was sealed, what did the run find, and what did people decide.

This floor answers the first two questions from the bytes alone; checks about the third are handed in.
"""

from gonogo_evidence.verify.open import UnverifiedPack, open_pack
from gonogo_evidence.verify.overall import overall_verdict
from gonogo_evidence.verify.report import AREAS, Area, Check, Report, broken, limit, passed
from gonogo_evidence.verify.run import PackCheck, verify_pack

__all__ = [
    "AREAS",
    "Area",
    "Check",
    "PackCheck",
    "Report",
    "UnverifiedPack",
    "broken",
    "limit",
    "open_pack",
    "overall_verdict",
    "passed",
    "verify_pack",
]
