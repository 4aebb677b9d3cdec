"""Every name that stands in for the outside, and the one place where the product's code is run on the proof's disk."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pytest

from gonogo_evidence import dsse
from gonogo_graph import engine
from gonogo_graph.table import graph_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proof.world import Disk

ENGINE: Final = dsse.load(dsse.new_engine_key())

PORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "trust_of": ("context",),
    "refuse_secrets": ("signing",),
    "remember": ("play",),
    "store_result": ("play",),
    "load_result": ("play",),
    "stored_result": ("reseed._stored",),
    "pack_folder": ("commit", "hold", "conditions"),
    "sealed_as_named": ("advance", "hold", "standing"),
    "sealed_now": ("proof", "hold"),
    "write_review": ("hold",),
    "stage_review": ("hold",),
    "finish_review": ("hold",),
    "review_files": ("hold", "signing"),
    "look": ("commit.read_bytes", "signing.read_bytes"),
    "add_later": ("commit",),
    "judge": ("proof", "standing", "signing"),
    "index": (
        "advance.record_intent",
        "advance.catch_up",
        "hold.record_pack",
        "signing.latest_checkpoint",
        "commit.refuse_forgotten",
    ),
}
"""Which stand-in takes the place of which name (``module`` or ``module.name`` of the graph's floor)."""


@contextlib.contextmanager
def in_place(disk: Disk, compiled: Callable[..., Any]) -> Iterator[None]:
    """While this holds, the product's code runs on ``disk``; ``compiled`` stands in for langgraph's loop."""
    with pytest.MonkeyPatch.context() as patch:
        for own, places in PORTS.items():
            for place in places:
                module, _, name = place.partition(".")
                target = place if module.startswith("gonogo_") else f"gonogo_graph.{module}.{name or own}"
                patch.setattr(target, getattr(disk, own))
        for module in ("advance", "signing"):
            patch.setattr(f"gonogo_graph.{module}.single_writer", lambda *_, **__: contextlib.nullcontext())
        patch.setattr("gonogo_graph.advance.saver", lambda *_: contextlib.nullcontext())
        patch.setattr("gonogo_graph.advance._at_home", _of_this_version)
        patch.setattr("gonogo_graph.engine.signer", lambda _: _signed)
        patch.setattr("gonogo_graph.machine.build", compiled)
        yield


def _of_this_version(context: Any) -> bool:  # noqa: ANN401 - the disk's own context
    """There are no stored bytes here, only the version that the run was pinned to."""
    return bool(context.store.run(context.run_id).graph_version == graph_version())


@cache
def _signed(payload: bytes) -> bytes:
    return dsse.sign(engine.PAYLOAD_TYPE, payload, ENGINE)
