"""Variables of the environment choose neither another trust store nor another ledger for a run that waits."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.trust import apply, enrol
from support.bad_input import GO, RUN, refused, undecided
from support.desk import GONOGO, make_key, packaged
from support.pty_session import Answers, at_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said
    from support.desk import Desk
    from support.pty_session import Shown


@pytest.fixture
def agents_home(held: Desk, tmp_path: Path) -> Path:
    """A configuration folder in which an agent trusts its own key, and any GO without a human."""
    key = make_key(tmp_path / "agent" / "key", comment="mallory")
    folder = tmp_path / "agent" / "gonogo" / "trust" / held.trust_folders()[0].name
    apply(enrol(folder, "mallory", key.with_suffix(".pub").read_text(), key_file=key))
    (folder / "signoff.toml").write_text(packaged("signoff.toml").replace('"typed"', '"unproven"'))
    (folder / "signoff.toml").chmod(0o600)
    return tmp_path / "agent"


def init_at_terminal(desk: Desk, answers: list[tuple[str, str]], **env: str) -> Shown:
    return at_terminal([*GONOGO, "init"], Answers(answers), cwd=desk.repo.path, env=desk.environment(**env))


def test_signers_of_another_trust_store_sign_nothing(gonogo: Said, held: Desk, agents_home: Path) -> None:
    key = ("--key", str(agents_home / "key"))
    elsewhere = {"XDG_CONFIG_HOME": str(agents_home)}
    refused(gonogo(held, *GO, *key, **elsewhere), "TRUST_ELSEWHERE", 5)
    refused(gonogo(held, *RUN, **elsewhere), "TRUST_ELSEWHERE", 5)
    assert undecided(held)


def test_what_was_signed_is_neither_committed_nor_verified_under_another_store(
    gonogo: Said, held: Desk, agents_home: Path
) -> None:
    elsewhere = {"XDG_CONFIG_HOME": str(agents_home)}
    assert gonogo(held, *GO, "--no-resume").returncode == 4
    refused(gonogo(held, "resume", "latest", **elsewhere), "TRUST_ELSEWHERE", 5)
    assert gonogo(held, "resume", "latest").returncode == 0
    done = gonogo(held, "verify", "latest", **elsewhere)
    assert done.returncode == 5
    assert "enrolled with the trust store" in done.stdout
    assert gonogo(held, "verify", "latest").returncode == 0


def test_this_trust_store_counts_for_nothing_beside_another_ledger(gonogo: Said, held: Desk, tmp_path: Path) -> None:
    own = held.state_folder()
    shutil.copytree(own, tmp_path / "state" / own.name)  # the same run, and no row of what happens to the first
    elsewhere = {"GONOGO_HOME": str(tmp_path / "state")}
    assert gonogo(held, *GO).returncode == 0
    refused(gonogo(held, *GO, **elsewhere), "STATE_ELSEWHERE", 5)
    refused(gonogo(held, *RUN, **elsewhere), "STATE_ELSEWHERE", 5)
    assert gonogo(held, "verify", "latest", **elsewhere).returncode == 5


def test_enrolling_without_a_terminal_does_not_move_anything(gonogo: Said, held: Desk, agents_home: Path) -> None:
    words = ("init", "--yes", "--operator", "mallory", "--public-key", str(agents_home / "key.pub"))
    refused(gonogo(held, *words, XDG_CONFIG_HOME=str(agents_home)), "TRUST_ELSEWHERE", 5)
    refused(gonogo(held, *words, XDG_CONFIG_HOME=str(agents_home / "fresh")), "TRUST_ELSEWHERE", 5)
    refused(gonogo(held, *words, GONOGO_HOME=str(agents_home / "ledger")), "STATE_ELSEWHERE", 5)
    assert not (agents_home / "fresh").exists()
    assert gonogo(held, *GO).returncode == 0


def test_the_operator_moves_the_trust_store_at_a_terminal(gonogo: Said, held: Desk) -> None:
    old, new = held.home / ".config", held.home / "new"
    old.rename(new)
    env = {"XDG_CONFIG_HOME": str(new)}
    refused(gonogo(held, *GO, **env), "TRUST_ELSEWHERE", 5)
    said_no = init_at_terminal(held, [(r"Type yes:", "no")], **env)
    assert (said_no.code, "TRUST_ELSEWHERE" in said_no.screen) == (5, True)
    shown = init_at_terminal(held, [(r"Type yes:", "yes")], **env)
    assert shown.code == 0, shown.screen
    assert str(old) in shown.screen
    assert str(new) in shown.screen
    assert gonogo(held, *GO, **env).returncode == 0
    assert gonogo(held, "verify", "latest", **env).returncode == 0


def test_a_lost_ledger_is_not_passed_over(gonogo: Said, held: Desk) -> None:
    shutil.rmtree(held.state_folder())
    refused(gonogo(held, *RUN), "PIN_LOST", 5)
    held.enrol()  # the places are the enrolled ones: nothing is moved
    refused(gonogo(held, *RUN), "INDEX_REPLACED", 6)  # the index was lost with it, and this machine has seen it
    for seen in held.trust_folders()[0].glob("index-*.seen"):
        seen.unlink()
    assert gonogo(held, *RUN).returncode == 4


def test_a_store_of_an_earlier_version_is_pinned_when_its_owner_asks(gonogo: Said, held: Desk) -> None:
    for path in (held.trust_folders()[0] / "state-pin.json", held.state_folder() / "trust-pin.json"):
        path.unlink()
    assert gonogo(held, "show", "latest").returncode == 0
    assert init_at_terminal(held, []).code == 0
    assert (held.state_folder() / "trust-pin.json").exists()


def test_packs_of_an_earlier_engine_key_stay_verifiable(gonogo: Said, held: Desk) -> None:
    first = held.json("show", "latest", code=0)["pack"]
    (held.state_folder() / "engine.key").unlink()
    assert gonogo(held, *RUN).returncode == 4
    second = held.json("show", "latest", code=0)["pack"]
    for pack in (first, second):
        done = held.json("verify", pack, "--authentic-only", code=0)
        assert [check for check in done["checks"] if check["code"] == "ENGINE_UNKNOWN"] == []
    assert len(list((held.trust_folders()[0] / "engine").iterdir())) == 2
