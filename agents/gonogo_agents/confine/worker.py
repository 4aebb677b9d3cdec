"""Confining this process as a worker that opens nothing, and proving it by trying."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from gonogo_agents.confine import calls, landlock, libc, process, seccomp
from gonogo_agents.confine.layers import LAYERS, PORTABLE, Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


def offered() -> tuple[Layer, ...]:
    """The layers that this system has, asked here and now; on the way to a level that is only what could be tried."""
    if calls.machine() is None or not libc.has("prctl", "syscall", "capset"):
        return PORTABLE
    return tuple(layer for layer in LAYERS if layer != "landlock" or landlock.version() > 0)


def put_on(layers: Collection[Layer], keep: Collection[int], parent: int) -> dict[str, str]:
    """Put the layers on this process, for good.

    Args:
        layers: which ones; the order is always that of :data:`LAYERS`.
        keep: descriptors that stay open.
        parent: process id of the parent to die with.

    Returns:
        For each layer ``on``, or why it could not be put on. What counts is :func:`tried`.
    """
    found: dict[str, str] = {}
    for layer, act in _acts(keep, parent):
        if layer in layers:
            try:
                act()
                found[layer] = "on"
            except OSError as error:
                found[layer] = error.strerror or type(error).__name__
    return found


def tried() -> dict[str, str]:
    """One open and one socket: the error that each gave, or ``it went through``."""
    return {"open": _error_of(_open), "socket": _error_of(_connect)}


def refused(tried_before: dict[str, str]) -> bool:
    """Whether both were refused by a rule, and not by chance: EPERM or EACCES, which are PermissionError."""
    return set(tried_before) == {"open", "socket"} and set(tried_before.values()) == {"PermissionError"}


def _acts(keep: Collection[int], parent: int) -> Iterator[tuple[Layer, Callable[[], None]]]:
    yield "descriptors", lambda: process.close_others(keep)
    yield "limits", lambda: process.limit(process.PURE_LIMITS)
    yield "death", lambda: process.die_with(parent)
    yield "undumpable", process.hide_memory
    yield "no-new-privileges", process.no_new_privileges
    yield "capabilities", process.drop_capabilities
    yield "landlock", landlock.restrict
    yield "filter", _filter


def _filter() -> None:
    machine = calls.machine()
    if machine is None:
        raise OSError("no table of system calls for this machine")
    seccomp.install(seccomp.pure(machine))


def _error_of(act: Callable[[], None]) -> str:
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "it went through"


def _open() -> None:
    os.close(os.open("/", os.O_RDONLY))


def _connect() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
