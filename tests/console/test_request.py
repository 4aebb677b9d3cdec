"""What was asked lies beside the pack: sign-offs answer it and no other, and its bytes are the engine's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import dsse
from gonogo_evidence.pack import read_sealed
from support.attested import requested
from support.logs import ENGINE
from support.whole import whole_pack

if TYPE_CHECKING:
    from pathlib import Path

    from support.whole import Whole

OTHER = dsse.load(dsse.new_engine_key())


@pytest.fixture
def pack(tmp_path: Path) -> Whole:
    return whole_pack(tmp_path)


def test_a_pack_with_its_request_is_as_good_as_one_without(pack: Whole) -> None:
    before = pack.exits()
    requested(read_sealed(pack.folder), ENGINE)
    assert pack.exits() == before == (0, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"request_id": "other"}, "SIGNOFF_STALE_REQUEST"),
        ({"policy_digest": "b" * 64}, "POLICY_CHANGED"),
        ({"expires": "2026-01-01T00:00:00Z"}, "REQUEST_EXPIRED"),
        ({"issued": "2026-03-01T00:00:00Z"}, "SIGNOFF_BEFORE_REQUEST"),
    ],
)
def test_a_sign_off_that_answers_another_request_does_not_count(pack: Whole, change: dict[str, str], code: str) -> None:
    requested(read_sealed(pack.folder), ENGINE, **change)
    assert pack.gonogo().exit_code == 5
    assert code in pack.codes()[0]


def test_a_request_of_another_engine_or_of_changed_bytes_is_broken(pack: Whole) -> None:
    requested(read_sealed(pack.folder), OTHER)
    assert pack.gonogo().exit_code == 6
    requested(read_sealed(pack.folder), ENGINE)
    path = pack.folder / "review" / "request.json"
    path.write_bytes(path.read_bytes().replace(b'"sig":"', b'"sig":"A', 1).replace(b'=="}', b'="}', 1))
    assert pack.exits() == (6, 6)
