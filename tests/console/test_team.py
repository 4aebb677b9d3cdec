"""Several people, several machines: who must sign, who may not, and sign-offs that travel."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.bad_input import refused, undecided
from support.crash import copy_of, rows
from support.desk import packaged
from support.secrets_planted import planted
from support.team import KNOWN, REF, SIGNOFF, STRICT, TWO, Team, commit_trust, make_team

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said
    from support.desk import Desk

DECIDE = ("--reason", "evidence reviewed")
GO, NO_GO = ("--decision", "GO", *DECIDE), ("--decision", "NO-GO", *DECIDE)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A run that Dave started of Ada's change, at the hold point on Alice's desk."""
    team = make_team(tmp_path_factory.mktemp("team"))
    team.desk.run("--operator", "dave")
    return team


@pytest.fixture
def team(waiting: Team, tmp_path: Path) -> Team:
    return Team(copy_of(waiting.desk, tmp_path / "desk"), waiting.keys)


@pytest.fixture
def bobs(team: Team, tmp_path: Path) -> Desk:
    return team.elsewhere(tmp_path / "bob", "bob")


@pytest.fixture
def copied(team: Team, tmp_path: Path) -> Path:
    """The published pack, carried to another machine."""
    (pack,) = (team.desk.repo.path / "data" / "evidence_packs").glob("EVP-*/")
    return shutil.copytree(pack, tmp_path / "usb" / pack.name)


def published(team: Team, pack: Path) -> Path:
    return team.desk.repo.path / "data" / "evidence_packs" / pack.name / "review"


def sign_copy(gonogo: Said, desk: Desk, pack: Path, *words: str) -> Path:
    done = gonogo(desk, "sign", str(pack), *words, "--json")
    assert done.returncode == 4, done.stderr
    found = json.loads(done.stdout)
    path = pack / "review" / str(found["signoff"]).rpartition("/")[2]
    assert (str(path), path.with_name(f"{path.name}.sig").is_file()) == (found["signoff"], True)
    return path


def document(gonogo: Said, team: Team, *words: str, code: int) -> Any:  # noqa: ANN401 - whatever it holds
    done = gonogo(team.desk, *words, "--json")
    assert done.returncode == code, (done.returncode, done.stderr)
    return json.loads(done.stdout)


def test_the_second_signature_comes_from_another_machine(
    gonogo: Said, team: Team, bobs: Desk, copied: Path, tmp_path: Path
) -> None:
    first = gonogo(team.desk, "sign", "latest", *GO)
    assert first.returncode == 4, first.stderr
    assert "signed by alice. Approval by 1 more is missing, among them RISK_OFFICER." in first.stderr
    assert "It can come from: bob." in first.stderr
    (entry,) = document(gonogo, team, "inbox", code=0)["runs"]
    assert (entry["signed_by"], entry["missing"]) == (
        ["alice"],
        {"people": 1, "roles": ["RISK_OFFICER"], "may_sign": ["bob"]},
    )
    assert "alice: Approval by 1 more is missing" in gonogo(team.desk, "inbox").stdout
    waiting = document(gonogo, team, "resume", "latest", code=4)
    assert (waiting["signed_by"], waiting["missing"]["roles"]) == (["alice"], ["RISK_OFFICER"])
    signed = sign_copy(gonogo, bobs, copied, *GO)
    for name in (signed.name, f"{signed.name}.sig"):
        shutil.copy(signed.with_name(name), tmp_path / name)
    done = gonogo(team.desk, "resume", "latest", "--signoff", str(tmp_path / signed.name))
    assert done.returncode == 0, done.stderr
    assert "taken: GO of bob" in done.stderr
    decided = document(gonogo, team, "show", "latest", code=0)
    assert (decided["state"], decided["decision"], decided["missing"]) == ("COMMITTED", "GO", None)
    assert gonogo(team.desk, "resume", "latest", "--signoff", str(tmp_path / signed.name)).returncode == 0


def test_the_first_signature_may_come_from_there_and_is_found_beside_the_published_pack(
    gonogo: Said, team: Team, bobs: Desk, copied: Path
) -> None:
    signed = sign_copy(gonogo, bobs, copied, *GO)
    for name in (f"{signed.name}.sig", signed.name):
        shutil.copy(signed.with_name(name), published(team, copied) / name)
    done = gonogo(team.desk, "sign", "latest", *GO)
    assert done.returncode == 0, done.stderr
    assert rows(team.desk, "SELECT principal FROM signoffs ORDER BY principal") == [("alice",), ("bob",)]
    assert gonogo(team.desk, "verify", "latest").returncode == 0


def test_what_people_decided_is_proven_again_from_bytes_by_the_files_that_a_verifier_brings(
    gonogo: Said, team: Team, bobs: Desk, tmp_path: Path
) -> None:
    assert gonogo(team.desk, "sign", "latest", *GO).returncode == 4
    done = gonogo(team.desk, "sign", "latest", *GO, "--key", team.key("bob"))
    assert done.returncode == 0, done.stderr

    def verify(code: int, **files: str) -> str:
        words: list[str] = []
        for option, text in files.items():
            (tmp_path / option).write_text(text)
            words += [f"--{option.replace('_', '-')}", str(tmp_path / option)]
        found = gonogo(team.desk, "verify", "latest", *words)
        assert found.returncode == code, (files, found.stdout, found.stderr)
        return found.stdout

    assert "SoD: strict. All actors that must differ do." in verify(0)
    assert "is nobody whom the trust files know" in verify(3, separation=STRICT)
    own = KNOWN.replace('ada = ["ada@example.org"]', 'bob = ["ada@example.org"]')
    assert "Ada Example <ada@example.org> (commit_author) and bob (signer) are one." in verify(5, separation=own)
    one = KNOWN.replace("dave = []", 'dave = []\nalice = ["bob"]')
    assert "No decision is committed yet." in verify(4, separation=one)
    bob = (team.keys / "bob.pub").read_text().strip()
    assert "The key of bob is revoked." in verify(5, revoked_keys=bob, separation=KNOWN)
    verify(0, revoked_keys=f"{bob} since=2100-01-01T00:00:00Z", separation=KNOWN)
    (pack,) = (team.desk.repo.path / "data" / "evidence_packs").glob("EVP-*/")
    assert gonogo(bobs, "verify", str(pack)).returncode == 0
    later = gonogo(bobs, "verify", str(pack), "--revoked-keys", str(tmp_path / "revoked_keys"))
    assert (later.returncode, "nobody here vouches for the time" in later.stdout) == (3, True), later.stdout


def test_nobody_approves_a_change_that_they_wrote_and_anybody_may_say_no(
    gonogo: Said, team: Team, copied: Path, tmp_path: Path
) -> None:
    adas = team.elsewhere(tmp_path / "ada", "ada")
    for desk, named, words in ((team.desk, "latest", ("--key", team.key("ada"))), (adas, str(copied), ())):
        done = gonogo(desk, "sign", named, *GO, *words)
        refused(done, "SELF_APPROVAL", 5)
        assert "Ada Example <ada@example.org> (commit_author) and ada (signer) are one." in done.stderr
        assert "alice, bob, carol" in done.stderr
    assert ("SELF_APPROVAL",) in rows(team.desk, "SELECT code FROM refusals")
    signed = sign_copy(gonogo, adas, copied, *NO_GO)
    done = gonogo(team.desk, "resume", "latest", "--signoff", str(signed.parent))
    assert done.returncode == 1, done.stderr
    assert rows(team.desk, "SELECT decision, state FROM spent") == [("NO-GO", "DONE")]


def test_what_was_signed_while_separation_was_formal_is_not_committed_under_strict(gonogo: Said, team: Team) -> None:
    team.trust(separation__toml=packaged("separation.toml"), signoff__toml=SIGNOFF)
    assert gonogo(team.desk, "sign", "latest", *GO, "--key", team.key("ada"), "--no-resume").returncode == 4
    team.trust(separation__toml=KNOWN)
    refused(gonogo(team.desk, "resume", "latest"), "POLICY_CHANGED", 5)
    refused(gonogo(team.desk, "sign", "latest", *GO, "--key", team.key("ada")), "SELF_APPROVAL", 5)
    assert undecided(team.desk)


def test_a_copy_that_is_not_what_was_sealed_is_not_signed(gonogo: Said, team: Team, bobs: Desk, copied: Path) -> None:
    del team
    request = copied / "review" / "request.json"
    said = request.read_bytes()
    request.write_bytes(said.replace(b"A", b"B", 1))
    assert gonogo(bobs, "sign", str(copied), *GO).returncode == 6
    request.unlink()
    refused(gonogo(bobs, "sign", str(copied), *GO), "NO_REQUEST", 5)
    request.write_bytes(said)
    card = copied / "review" / "card.txt"
    card.write_text(card.read_text().replace("PASS", "FAIL"))
    refused(gonogo(bobs, "sign", str(copied), *NO_GO), "PACK_CHANGED", 6)
    assert list((copied / "review").glob("*.signoff.json*")) == []


def test_other_trust_files_elsewhere_approve_nothing_and_may_say_no(
    gonogo: Said, team: Team, bobs: Desk, copied: Path
) -> None:
    other = {"signoff.toml": TWO.replace("decision_valid_hours = 24", "decision_valid_hours = 12")}
    commit_trust(bobs.repo.path, other, ref=f"refs/remotes/origin/{REF}")
    refused(gonogo(bobs, "sign", str(copied), *GO), "POLICY_CHANGED", 5)
    assert list((copied / "review").glob("*.signoff.json*")) == []
    signed = sign_copy(gonogo, bobs, copied, *NO_GO)
    assert gonogo(team.desk, "resume", "latest", "--signoff", str(signed)).returncode == 1


def test_who_approved_can_still_say_no(gonogo: Said, team: Team) -> None:
    assert gonogo(team.desk, "sign", "latest", *GO).returncode == 4
    refused(gonogo(team.desk, "sign", "latest", *GO), "ALREADY_SIGNED", 5)
    done = gonogo(team.desk, "sign", "latest", *NO_GO)
    assert done.returncode == 1, done.stderr
    assert "alice had signed GO" in done.stderr
    assert rows(team.desk, "SELECT decision FROM signoffs") == [("GO",), ("NO-GO",)]


def test_a_revoked_key_is_refused_before_it_signs(gonogo: Said, team: Team) -> None:
    team.trust(revoked_keys=(team.keys / "bob.pub").read_text())
    refused(gonogo(team.desk, "sign", "latest", *GO, "--key", team.key("bob")), "SIGNER_REVOKED", 5)
    assert rows(team.desk, "SELECT * FROM signoffs") == []


def test_what_was_signed_elsewhere_dies_with_the_policy(gonogo: Said, team: Team, bobs: Desk, copied: Path) -> None:
    signed = sign_copy(gonogo, bobs, copied, *GO)
    team.trust(separation__toml=f"{KNOWN}\n# one word more\n")
    done = gonogo(team.desk, "resume", "latest", "--signoff", str(signed))
    refused(done, "SIGNOFF_STALE_REQUEST", 5)
    assert undecided(team.desk)
    assert gonogo(team.desk, "resume", "latest").returncode == 4
    again = json.loads((published(team, copied) / "request.json").read_text())
    assert again != json.loads((copied / "review" / "request.json").read_text())


def test_a_strangers_sign_off_beside_the_pack_is_told_and_stops_nobody(
    gonogo: Said, team: Team, bobs: Desk, copied: Path
) -> None:
    signed = sign_copy(gonogo, bobs, copied, *GO)
    place = published(team, copied)
    (place / "mallory-12345678.signoff.json").write_bytes(signed.read_bytes().replace(b"bob", b"eve"))
    shutil.copy(f"{signed}.sig", place / "mallory-12345678.signoff.json.sig")
    done = gonogo(team.desk, "sign", "latest", *GO)
    assert done.returncode == 4, done.stderr
    assert "mallory-12345678" in done.stderr
    assert rows(team.desk, "SELECT principal FROM signoffs") == [("alice",)]
    refused(gonogo(team.desk, "resume", "latest", "--signoff", str(copied / "core")), "SIGNOFF_NOT_FOUND", 2)
    assert gonogo(team.desk, "resume", "latest", "--signoff", str(copied)).returncode == 0


def test_a_key_answers_once_and_notes_are_edited_at_home(gonogo: Said, team: Team, bobs: Desk, copied: Path) -> None:
    refused(gonogo(bobs, "sign", str(copied), *GO, "--edit"), "EDIT_ELSEWHERE", 2)
    sign_copy(gonogo, bobs, copied, *GO)
    refused(gonogo(bobs, "sign", str(copied), *GO), "ALREADY_SIGNED", 5)
    assert gonogo(team.desk, "sign", "latest", *NO_GO).returncode == 1
    (pack,) = (team.desk.repo.path / "data" / "evidence_packs").glob("EVP-*/")
    refused(gonogo(bobs, "sign", str(pack), *GO), "ALREADY_DECIDED", 5)


@pytest.mark.parametrize("way", ["brought", "published"])
def test_a_secret_in_words_that_were_signed_elsewhere_is_not_taken(
    gonogo: Said, team: Team, bobs: Desk, copied: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Made with another tool, which does not look."""
    line, token = planted()["github"]
    with monkeypatch.context() as careless:
        careless.setattr("gonogo.signoff.refuse_secrets", lambda *_: None)
        signed = sign_copy(gonogo, bobs, copied, "--decision", "GO", "--reason", line)
    assert token in signed.read_text()
    if way == "brought":
        refused(gonogo(team.desk, "resume", "latest", "--signoff", str(signed)), "SECRET_IN_WORDS", 5)
    else:
        for name in (f"{signed.name}.sig", signed.name):
            shutil.copy(signed.with_name(name), published(team, copied) / name)
        done = gonogo(team.desk, "resume", "latest")
        assert "SECRET_IN_WORDS" in done.stderr, done.stderr
    assert document(gonogo, team, "inbox", code=0)["runs"][0]["signed_by"] == []
