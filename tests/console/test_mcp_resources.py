"""The server's resources by the official client: the operator's to the operator, a role's to the role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import schema as schemas
from support.chats import the_stages
from support.shown import shown

if TYPE_CHECKING:
    from support.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A run whose third duty, the SCOPE_KEEPER's, is due."""
    return the_stages(tmp_path_factory).at(3, tmp_path_factory.mktemp("resources"))


def test_before_the_seal_there_is_a_timeline_and_nothing_else(desk: Desk) -> None:
    card, pack, timeline = shown(desk, *(f"runs/latest/{name}" for name in ("card", "pack", "timeline")))
    assert "PACK_NOT_SEALED" in card
    assert "PACK_NOT_SEALED" in pack
    found = json.loads(timeline)
    assert [one["duty"] for one in found["duties"]] == list(range(1, 10))
    assert [one["verdict"] for one in found["duties"]] == ["PASS", "PASS", *[None] * 7]
    assert found["duties"][0]["by"]["basis"] == "asserted"
    assert (found["limited_to"], found["refused"]) == (None, [])


def test_a_role_is_shown_its_own_scope_and_neither_card_nor_pack(desk: Desk) -> None:
    role = "FACTS_COLLECTOR"
    card, pack, timeline = shown(desk, *(f"runs/latest/{name}" for name in ("card", "pack", "timeline")), role=role)
    for told in (card, pack):
        assert "CHAT_SCOPE_DENIED" in told
        assert "for the operator" in told
    found = json.loads(timeline)
    assert [one["duty"] for one in found["duties"] if "withheld" not in one] == [1, 2]
    assert all("verdict" not in one and "by" not in one for one in found["duties"][2:])
    assert (found["limited_to"], found["refused"]) == (role, None)
    (after,) = shown(desk, "runs/latest/timeline")
    codes = [one["code"] for one in json.loads(after)["refused"]]
    assert codes == ["CHAT_SCOPE_DENIED"] * 2, "to ask is on the record"


def test_every_schema_is_shown_and_what_is_none_is_refused(desk: Desk) -> None:
    told = shown(desk, *(f"schemas/{name}" for name in schemas.NAMES), role="RISK_OFFICER")
    assert [json.loads(one) for one in told] == [schemas.load(name) for name in schemas.NAMES]
    unknown, up, gone = shown(desk, "schemas/nope", "schemas/..%2Fseal", "runs/nope/card")
    assert "SCHEMA_UNKNOWN" in unknown
    assert up.startswith("error: ")
    assert "RUN_UNKNOWN" in gone
