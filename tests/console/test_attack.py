"""``gonogo attack``: on a fresh desk and on a team's, everything is refused and nothing is touched."""

from __future__ import annotations

import contextlib
import json
import tomllib
<<<<<<< HEAD
from typing import TYPE_CHECKING
=======
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any
>>>>>>> 38a489fc814d768a3df27617f11c65de9decbb3b
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


<<<<<<< HEAD
=======
def _naive_signers(text: bytes, *, where: str) -> tuple[Signer, ...]:
    """Reads allowed_signers as somebody would who never met its traps."""
    del where
    found = []
    for line in text.decode().splitlines():
        match = re.fullmatch(r"(\S+) (?:.*?)((?:sk-)?ssh-\S+ \S+)(?: .*)?", line)
        if match and not line.startswith("#"):
            names = frozenset(NAMESPACES.split(","))
            found.append(Signer(Principal(match[1]), PublicKey.from_line(match[2]), names))
    return tuple(found)


def _believes(context: RunContext) -> Proven:
    """A commit that takes the position in the graph for the decision."""
    request = context.store.request(context.run_id)
    assert request is not None
    return Proven(proof.sealed_now(context), request, context.trust(), Decision("GO", (), (), ()))


def _spend_again(store: SqliteStore, spent: Spent) -> Spent:
    store._db.execute(
        "INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?, ?)",
        (spent.run_id, spent.decision, spent.state, spent.outcome, spent.at),
    )
    return spent


def _each_for_itself(judged: Iterable[Judged], people: People) -> list[frozenset[str]]:
    """Every sign-off by a person of its own."""
    del people
    return [frozenset({str(number)}) for number, _ in enumerate(judged)]


def _sign_again(store: SqliteStore, row: SignOff) -> bool:
    store._insert("signoffs", replace(row, fingerprint=row.digest))
    return True


def _as_ours(armored: bytes, parse: Any = sshsig.parse) -> Any:  # noqa: ANN401 - as the original
    return replace(parse(armored), namespace="gonogo-signoff@v1")


def _unchecked(_: bytes, signature: Any, **__: object) -> Any:  # noqa: ANN401 - as the original
    return signature


def _whole(*_: object, **__: object) -> Report:
    return Report((Check("structure", "PASS", "OK", mock.ANY),))


def _anybody(signers: tuple[Signer, ...], *_: object) -> Signer:
    return signers[0]


def _any_mac() -> Any:  # noqa: ANN401 - a patch
    return mock.patch.object(MacKey, "fits", return_value=True)


def _permissive() -> Any:  # noqa: ANN401 - a patch
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return mock.patch.object(BaseCheckpointSaver, "serde", JsonPlusSerializer(allowed_msgpack_modules=True))


NOTHING: Any = lambda *_, **__: None  # noqa: E731 - a check that is not there
SIGNOFF = "gonogo_policies.signoff"
GONE: dict[str, tuple[Patches, tuple[str, ...]]] = {
    "the commit proves for itself": (
        lambda: [mock.patch("gonogo_graph.commit.prove", _believes)],
        (
            "state-edit",
            "goto-commit",
            "raw-answer",
            "answer-and-goto",
            "answer-and-update",
            "fresh-input",
            "swallowed-interrupt",
        ),
    ),
    "a signature is checked against the bytes": (
        lambda: [mock.patch.object(sshsig, "check", _unchecked)],
        ("borrowed-signature", "edited-answer"),
    ),
    "only an enrolled key": (lambda: [mock.patch(f"{SIGNOFF}.find", _anybody)], ("foreign-key",)),
    "only for this purpose": (
        lambda: [
            mock.patch.object(sshsig, "parse", _as_ours),
            mock.patch.object(sshsig, "check", _unchecked),
        ],
        ("wrong-namespace", "close-namespace"),
    ),
    "in the key's owner's name": (
        lambda: [
            mock.patch(f"{SIGNOFF}.find", lambda s, *_: replace(s[0], principal=Principal("another@attack.invalid")))
        ],
        ("other-principal",),
    ),
    "about this evidence, request and policy": (
        lambda: [mock.patch(f"{SIGNOFF}._same_evidence", NOTHING)],
        ("replayed-decision", "stale-pack", "stale-review", "stale-policy", "stale-request", "policy-swap"),
    ),
    "in time": (
        lambda: [mock.patch(f"{SIGNOFF}._in_time", NOTHING)],
        ("expired-signoff", "expired-request", "endless-signoff", "early-signoff", "future-signoff"),
    ),
    "by a key that is still valid": (lambda: [mock.patch.object(Signer, "valid", return_value=True)], ("expired-key",)),
    "with the presence that policy asks for": (
        lambda: [mock.patch(f"{SIGNOFF}._presence", lambda said, *_: said.presence)],
        ("shell-unproven", "false-touch"),
    ),
    "nothing releases a FAIL": (lambda: [mock.patch(f"{SIGNOFF}.releasable", NOTHING)], ("released-fail",)),
    "by another actor": (lambda: [mock.patch(f"{SIGNOFF}.check_duties", NOTHING)], ("self-approval-strict",)),
    "people count once": (
        lambda: [mock.patch("gonogo_policies.quorum._persons", _each_for_itself)],
        ("one-key-twice",),
    ),
    "a decided run takes no answer": (
        lambda: [mock.patch("gonogo_graph.signing.refuse_decided", NOTHING)],
        ("time-travel", "double-resume", "concurrent-resumes", "no-go-then-goto", "second-decision"),
    ),
    "one answer a key": (
        lambda: [mock.patch.object(SqliteStore, "add_signoff", _sign_again)],
        ("concurrent-decisions",),
    ),
    "an abandoned run is not decided": (
        lambda: [mock.patch.object(SqliteStore, "spend", _spend_again)],
        ("abandoned-run",),
    ),
    "an outcome stands on its answers": (
        lambda: [mock.patch("gonogo_graph.commit.check_stands", NOTHING)],
        ("forged-outcome", "turned-outcome"),
    ),
    "a close stands on its signature": (
        lambda: [mock.patch("gonogo_graph.conditions._check", NOTHING)],
        ("forged-close",),
    ),
    "the index remembers": (
        lambda: [mock.patch("gonogo_graph.commit.refuse_forgotten", NOTHING)],
        ("forgotten-decision", "removed-index"),
    ),
    "the index only grows": (
        lambda: [mock.patch("gonogo_evidence.index.seen.check_grown", NOTHING)],
        ("rolled-back-index",),
    ),
    "the pack is verified": (
        lambda: [mock.patch.object(proof, "verify_pack", _whole)],
        ("edited-after-signing", "added-file", "linked-file", "edited-review"),
    ),
    "the review is the one that was asked about": (
        lambda: [  # and the operators are asked about whatever lies there
            mock.patch("gonogo_graph.hold._refuse_another", NOTHING),
            mock.patch("gonogo_graph.hold._policy", side_effect=map(str, count())),
        ],
        ("forged-card",),
    ),
    "stored state has a MAC": (
        lambda: [_any_mac()],
        ("edited-checkpoint", "stripped-macs", "edited-run-row", "edited-result", "other-state-key"),
    ),
    "stored bytes name no code": (lambda: [_any_mac(), _permissive()], ("code-in-checkpoint",)),
    "one version of the graph": (
        lambda: [mock.patch("gonogo_graph.advance.graph_version", return_value=mock.ANY)],
        ("other-version",),
    ),
    "trust store and ledger know each other": (
        lambda: [mock.patch("gonogo_policies.trust.check_pins", NOTHING)],
        ("other-trust-store", "lost-pin"),
    ),
    "a copy of the ledger is older than the index": (
        lambda: [
            mock.patch("gonogo_policies.trust.check_pins", NOTHING),
            mock.patch("gonogo_graph.commit.refuse_forgotten", NOTHING),
        ],
        ("other-ledger",),
    ),
    "the trust store is its owner's": (
        lambda: [mock.patch("gonogo_policies.trust.check_modes", NOTHING)],
        ("open-trust-store",),
    ),
    "allowed signers are read strictly": (
        lambda: [mock.patch("gonogo_policies.trust.signers_file.parse", _naive_signers)],
        ("open-namespace", "authority-line"),
    ),
    "verify knows the engine": (
        lambda: [
            mock.patch(
                "gonogo.decision.dsse.verify",
                lambda data, _: __import__("gonogo_evidence.dsse", fromlist=["x"]).parse(data),
            )
        ],
        ("verify-outcome",),
    ),
}
CASES = [(defence, name) for defence, (_, names) in GONE.items() for name in names]


def test_every_family_has_an_attack_that_some_defence_alone_stops() -> None:
    shown = {NAMED[name].family for _, name in CASES} | {NAMED[name].family for name in SHOWN}
    assert shown == set(FAMILIES)


>>>>>>> 38a489fc814d768a3df27617f11c65de9decbb3b
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
    assert named - known().keys() == {"redaction", "plain-words", "not-followed", "confined"}
    assert [attack.name for attack in ATTACKS if not attack.mount.codes] == ["subgraph-interrupt"]
