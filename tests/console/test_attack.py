"""``gonogo attack``: on a fresh desk and on a team's, everything is refused and nothing is touched."""

from __future__ import annotations

import contextlib
import json
import tomllib
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from gonogo.attacks import ATTACKS, Attack, Result, mount
from gonogo.attacks.build import without_commands
from gonogo.attacks.interface import Mount, not_applicable
from gonogo.main import main
from gonogo_agents.world import World
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import msg
from support import attack_page
from support.codes import known
from support.desk import Desk, make_desk, make_key, packaged
from support.repos import listing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage

NAMED = {attack.name: attack for attack in ATTACKS}
STATED = {"self-approval": "separation.level", "shell-claims": "least_presence.GO"}
"""What the packaged policy allows, and says so."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("attack"))
    desk.enrol()
    return desk


def test_a_fresh_desk_refuses_every_attack_and_is_not_touched(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    before = listing(desk.home) | listing(desk.repo.path)
    code = main(["attack", "--json", "--repo", str(desk.repo.path)], world=World(env=desk.environment()))
    out, err = capsys.readouterr()
    assert listing(desk.home) | listing(desk.repo.path) == before
    document = json.loads(out)
    outcomes = {one["name"]: (one["outcome"], one["code"]) for one in document["attacks"]}
    assert list(outcomes) == [attack.name for attack in ATTACKS]
    assert {name: key for name, (outcome, key) in outcomes.items() if outcome == "allowed"} == STATED
    assert [name for name, (outcome, _) in outcomes.items() if outcome == "not-applicable"] == ["subgraph-interrupt"]
    refused = {name: code for name, (outcome, code) in outcomes.items() if outcome == "refused"}
    assert len(refused) == len(ATTACKS) - 3
    assert all(refused.values())
    assert (document["schema"], document["verdict"], document["exit_code"], code) == ("gonogo/attack/v1", "PASS", 0, 0)
    assert (document["untouched"], document["touched"]) == (True, [])
    told = {*document, *document["counts"], *document["attacks"][0]}
    assert {name for name in told if f"`{name}`" not in attack_page.PAGE.read_text(encoding="utf-8")} == set()
    assert err.count("\n") >= len(ATTACKS), "a line for each"


def test_the_page_is_what_the_registry_says_and_its_stories_are_mounted() -> None:
    assert attack_page.PAGE.read_text(encoding="utf-8") == attack_page.page()
    assert {name for _, names in attack_page.STORIES for name in names} <= set(NAMED)
    assert len(NAMED) == len(ATTACKS) >= 20


def said(desk: Desk, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main([*words, "--repo", str(desk.repo.path)], world=World(env=desk.environment()))
    return code, *capsys.readouterr()


def test_the_list_mounts_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(desk, capsys, "attack", "--list")
    assert (code, out.count("\n"), err) == (0, len(ATTACKS) + 1, "")
    code, out, _ = said(desk, capsys, "attack", "--list", "--json", "unsigned")
    assert (code, [one["name"] for one in json.loads(out)["attacks"]]) == (0, ["unsigned"])


def test_an_unknown_attack_names_the_nearest(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(desk, capsys, "attack", "unsinged")
    assert (code, "ATTACK_UNKNOWN" in err, "attack unsigned" in err) == (2, True, True)


def test_where_nobody_may_sign_nothing_is_mounted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(make_desk(tmp_path), capsys, "attack")
    assert (code, "TRUST_MISSING" in err) == (3, True)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([Result("refused", "X")], 0),
        ([Result("refused", "X"), Result("allowed", "k"), Result("not-applicable")], 0),
        ([Result("allowed", "k"), Result("not-applicable")], 3),
        ([Result("refused", "X"), Result("broken")], 3),
        ([Result("refused", "X"), Result("EXECUTED")], 6),
        ([Result("EXECUTED"), Result("broken")], 6),
    ],
)
def test_only_refusals_pass(desk: Desk, capsys: pytest.CaptureFixture[str], results: list[Result], code: int) -> None:
    names = [attack.name for attack in ATTACKS[: len(results)]]
    with (
        mock.patch("gonogo.attacks.stage_of", return_value=contextlib.nullcontext()),
        mock.patch("gonogo.attacks.mount", side_effect=results),
    ):
        found, out, _ = said(desk, capsys, "attack", *names)
    assert found == code
    assert out.splitlines()[-1].startswith("Your repository")


def test_what_of_the_operators_moved_meanwhile_is_said(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    file = desk.repo.path / "README.md"

    def touch(*_: object) -> Result:
        file.touch()
        return Result("refused", "X")

    with (
        mock.patch("gonogo.attacks.stage_of", return_value=contextlib.nullcontext()),
        mock.patch("gonogo.attacks.mount", touch),
    ):
        code, out, _ = said(desk, capsys, "attack", "--json", "unsigned")
    document = json.loads(out)
    assert (code, document["untouched"], document["touched"]) == (3, False, [str(file)])


def test_commands_of_gates_are_left_out() -> None:
    gate = b'[[gate]]\nname = "tests"\nkind = "command"\nargv = ["make", "test"]\n'
    other = b'[[gate]]\nname = "Lint Gate"\nkind = "ruff"\n'
    head = b'schema = "gonogo/gates/v1"\n'
    assert without_commands(head + other) == head + other
    kept = tomllib.loads(without_commands(head + gate + other).decode())
    assert [one["name"] for one in kept["gate"]] == ["Lint Gate"]
    left = tomllib.loads(without_commands(head + gate).decode())["gate"]
    assert left
    assert not any(one.get("argv") for one in left)


def team(desk: Desk) -> None:
    """Two people, one of them a risk officer, different from who started it, and a touch."""
    make_key(desk.home / ".ssh" / "bob")
    done = desk.gonogo("init", "--yes", "--operator", "bob", "--public-key", str(desk.home / ".ssh" / "bob.pub"))
    assert done.returncode == 0, done.stderr
    (store,) = desk.trust_folders()
    policy = packaged("signoff.toml").replace("quorum = 1", "quorum = 2").replace('"typed"', '"touch"')
    policy = policy.replace("require_roles = []", 'require_roles = ["RISK_OFFICER"]')
    (store / "signoff.toml").write_text(policy.replace("[roles]", '[roles]\nbob = "RISK_OFFICER"'))
    strict = packaged("separation.toml").replace('level = "formal"', 'level = "strict"', 1)
    (store / "separation.toml").write_text(strict)
    for path in store.iterdir():
        path.chmod(0o600)


def protected(desk: Desk) -> None:
    """Trust roots at a protected ref."""
    (store,) = desk.trust_folders()
    signers, weak = (store / "allowed_signers").read_text(), packaged("signoff.toml").replace('"typed"', '"unproven"')
    desk.repo.commit({"config/allowed_signers": signers, "config/signoff.toml": weak})
    (store / "trust.toml").write_text((store / "trust.toml").read_text() + 'base_ref = "main"\n')


TEAM = {"self-approval": "SELF_APPROVAL", "shell-unproven": "PRESENCE_TOO_WEAK", "shell-claims": "PRESENCE_FALSE"}
PROTECTED = {
    "self-approval": "separation.level",
    "shell-unproven": "least_presence.GO",
    "expired-key": "SIGNER_EXPIRED",
}


@pytest.mark.parametrize(("configure", "came_to"), [(team, TEAM), (protected, PROTECTED)], ids=["team", "protected"])
def test_it_is_the_operators_own_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], configure: Callable[[Desk], None], came_to: dict[str, str]
) -> None:
    desk = make_desk(tmp_path)
    desk.enrol()
    configure(desk)
    before = listing(desk.repo.path)
    code, out, _ = said(desk, capsys, "attack", "--json", *came_to, "foreign-key")
    assert code == 0
    wanted = {**came_to, "foreign-key": "SIGNER_UNTRUSTED"}
    assert {one["name"]: one["code"] for one in json.loads(out)["attacks"]} == wanted
    assert listing(desk.repo.path) == before


def _ends(stage: Stage) -> Moves:
    if stage.folder.exists():
        return not_applicable(msg("x"))
    yield
    return None


def _acts(code: str, *, prepared: bool) -> Mount:
    def moves(stage: Stage) -> Wordless:
        del stage
        if prepared:
            yield
        raise Refused(code, msg("no"))

    return Mount(moves, frozenset({"WANTED"}))


def _twice(stage: Stage) -> Wordless:
    del stage
    yield
    yield


@pytest.mark.parametrize(
    ("moves", "outcome"),
    [
        (_acts("WANTED", prepared=True), "refused"),
        (_acts("OTHER", prepared=True), "broken"),
        (_acts("WANTED", prepared=False), "broken"),
        (Mount(_ends, frozenset()), "not-applicable"),
        (Mount(_twice, frozenset({"WANTED"})), "broken"),
    ],
    ids=["its-own-code", "another-code", "in-preparation", "not-applicable", "acts-twice"],
)
def test_a_refusal_counts_with_its_own_code_and_in_the_act_alone(moves: Mount, outcome: str) -> None:
    stage = mock.Mock()
    with (
        mock.patch("gonogo.attacks.run.decisions", return_value=frozenset()),
        mock.patch("gonogo.attacks.run.refusals", return_value=[]),
    ):
        result = mount(Attack("x", "graph", msg("x"), moves), stage)
    assert result.outcome == outcome, result
    assert stage.restore.called


def test_every_attack_names_what_keeps_it_out() -> None:
    named = {code for attack in ATTACKS for code in attack.mount.codes}
    assert named - known().keys() == {
        "redaction",
        "plain-words",
        "not-followed",
        "confined",
        "proposal",
        "sign",
        "export",
        "trust-files",
        "hidden",
        "write",
        "mcp",
        "doctor",
    }
    assert [attack.name for attack in ATTACKS if not attack.mount.codes] == ["subgraph-interrupt"]
