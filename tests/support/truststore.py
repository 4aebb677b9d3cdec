"""Two people, and a trust store that one of them joins."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo_evidence.errors import GonogoError
from gonogo_policies.trust import (
    apply,
    enrol,
    load_trust,
)
from support.signing import SoftKey

DEFAULTS = Path(__file__).parents[2] / "config"
ALICE, BOB = SoftKey(1), SoftKey(2)
LINE = f'bob@example.org namespaces="gonogo-signoff@v1" {BOB.public.line}\n'


def join(store: Path, name: str = "alice@example.org", key: SoftKey = ALICE, gates: bytes | None = None) -> None:
    plan = enrol(store, name, f"{key.public.line} laptop\n", key_file=Path("/home/a/.ssh/id.pub"), gates=gates)
    apply(plan)


def code_of(store: Path, *, defaults: Path = DEFAULTS) -> str:
    with pytest.raises(GonogoError) as caught:
        load_trust(store, defaults)
    return caught.value.code
