"""Drills: the operator is trained against the real engine, on a throw-away desk with seeded faults."""

from gonogo.drills.interface import Drill, Look, Verdict
from gonogo.drills.registry import DRILLS, drill_named
from gonogo.drills.session import Session, find, look, score, sessions, start

__all__ = ["DRILLS", "Drill", "Look", "Session", "Verdict", "drill_named", "find", "look", "score", "sessions", "start"]
