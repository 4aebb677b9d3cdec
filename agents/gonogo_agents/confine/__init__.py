"""Confinement of processes by what the kernel offers, in plain ctypes; nothing beyond the standard library.

Two uses: a worker that opens nothing (:func:`put_on`, :func:`tried`), and a program that the broker starts inside a
fence of path rules (:func:`command`).
"""

from gonogo_agents.confine.layers import LAYERS, LEVELS, PORTABLE, Layer, Level, weakest
from gonogo_agents.confine.program import Fence, command
from gonogo_agents.confine.worker import offered, put_on, refused, tried

__all__ = [
    "LAYERS",
    "LEVELS",
    "PORTABLE",
    "Fence",
    "Layer",
    "Level",
    "command",
    "offered",
    "put_on",
    "refused",
    "tried",
    "weakest",
]
