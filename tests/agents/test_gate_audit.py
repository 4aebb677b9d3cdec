"""The audit gate with the real pip-audit inside the fence, against services at the wire: well, failing and hanging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.gate_run import start
from support.vulnerability_service import service

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]


def audit(
    tmp_path: Path, lock: str, *, network: bool = True, env: dict[str, str] | None = None, **more: object
) -> Json:
    gate = {
        "name": "audit",
        "kind": "audit",
        "hard": True,
        "origin": "trust",
        "network": network,
        "timeout_seconds": 60,
        "trigger": {"dependencies": ["requirements.txt"]},
        "reads": [str(tmp_path / "wire")],
        **more,
    }
    return start(tmp_path, gate, files={"requirements.txt": lock}, **(env or {}))("audit")


def osv(url: str, **more: object) -> Json:
    return {"service": "osv", "service_url": url, **more}


def test_each_pin_is_asked_for_and_a_vulnerable_one_is_named(tmp_path: Path) -> None:
    with service(tmp_path / "wire") as wire:
        lock = "fine==3.0 --hash=sha256:00\n# a comment\nleaky==1.5 \\\n    --hash=sha256:11\n"
        result = audit(tmp_path, lock, audit=osv(wire.osv))
        assert sorted(wire.asked) == [("fine", "3.0"), ("leaky", "1.5")]
    assert (result["verdict"], result["checked"], result["unit"]) == ("FAIL", 2, "packages")
    (finding,) = result["findings"]
    assert (finding["path"], finding["line"], finding["code"]) == ("requirements.txt", 3, "PYSEC-2099-1")
    assert finding["message"] == "leaky 1.5: PYSEC-2099-1, CVE-2099-0001, fixed in 2.0"
    assert result["observed"]["version"] == "2.10.1"
    assert result["observed"]["fence"]["network"] is True


def test_pins_without_vulnerabilities_pass_with_their_count(tmp_path: Path) -> None:
    with service(tmp_path / "wire") as wire:
        result = audit(tmp_path, "fine==3.0\nleaky==2.0\nleaky==3.0\n", audit=osv(wire.osv))
        assert len(wire.asked) == 3
    assert (result["verdict"], result["checked"], result["read_change"]) == ("PASS", 3, True), result["reason"]
    assert result["reason"]["text"].startswith("Packages audited: 3 of 3. Asked: pip-audit 2.10.1, http://127.0.0.1")


def test_the_package_index_is_asked_through_the_machines_proxy(tmp_path: Path) -> None:
    with service(tmp_path / "wire") as wire:
        result = audit(tmp_path, "fine==3.0\nleaky==1.5\n", env=wire.proxied)
        assert sorted(wire.asked) == [("fine", "3.0"), ("leaky", "1.5")]
    assert (result["verdict"], result["checked"]) == ("FAIL", 2), result["reason"]


def test_a_package_that_the_service_does_not_know_was_not_audited(tmp_path: Path) -> None:
    """Here pip-audit itself ends with 0 and says "No known vulnerabilities found"."""
    with service(tmp_path / "wire") as wire:
        result = audit(tmp_path, "private==1.0\n", env=wire.proxied)
    assert result["observed"]["exit_code"] == 0
    assert (result["verdict"], result["reason_code"], result["checked"]) == ("INCONCLUSIVE", "GATE_INCOMPLETE", 0)
    assert "private 1.0" in result["reason"]["text"]


def test_a_package_of_ones_own_is_not_missed(tmp_path: Path) -> None:
    with service(tmp_path / "wire") as wire:
        result = audit(tmp_path, "private==1.0\nfine==3.0\n", env=wire.proxied, audit={"own": ["Private"]})
    assert (result["verdict"], result["checked"]) == ("PASS", 1)


@pytest.mark.parametrize(
    ("mood", "seconds", "code"),
    [("error", 60, "GATE_SERVICE"), ("garbage", 60, "GATE_SERVICE"), ("hang", 4, "GATE_TIMEOUT")],
)
def test_a_service_that_gives_no_answer_is_no_pass(tmp_path: Path, mood: str, seconds: int, code: str) -> None:
    with service(tmp_path / "wire", mood) as wire:
        result = audit(tmp_path, "fine==3.0\n", audit=osv(wire.osv), timeout_seconds=seconds)
    assert (result["verdict"], result["reason_code"]) == ("INCONCLUSIVE", code), result["reason"]


def test_without_the_networks_word_in_its_entry_nothing_is_reached(tmp_path: Path) -> None:
    with service(tmp_path / "wire") as wire:
        result = audit(tmp_path, "fine==3.0\n", audit=osv(wire.osv), network=False)
        assert wire.asked == []
    assert (result["verdict"], result["reason_code"]) == ("INCONCLUSIVE", "GATE_SERVICE")


def test_a_vulnerability_that_the_trust_side_accepted_is_shown_and_fails_nothing(tmp_path: Path) -> None:
    with service(tmp_path / "wire") as wire:
        accepted = {"CVE-2099-0001": "not reachable here"}
        result = audit(tmp_path, "leaky==1.5\n", audit=osv(wire.osv, accepted=accepted))
    assert (result["verdict"], result["findings"]) == ("PASS", [])
    assert result["advice"][0]["message"].endswith("accepted: not reachable here")


def test_the_packages_of_an_interpreter_are_audited(tmp_path: Path) -> None:
    with service(tmp_path / "wire") as wire:
        settings = osv(wire.osv, environment="{python}", own=["gonogo"], locks=["no.lock"])
        result = audit(tmp_path, "fine==3.0\n", audit=settings)
        assert {"click", "langgraph", "pydantic"} <= {name for name, _ in wire.asked}
    assert (result["verdict"], result["checked"] > 30) == ("PASS", True), result["reason"]
