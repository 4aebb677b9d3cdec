"""What the index says after a pack was decided, and nobody read before: revocations, and the decision itself."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import dsse
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.statement_fields import format_time
from support.bad_input import refused, undecided
from support.crash import copy_of
from support.packs import overwrite

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said
    from support.desk import Desk

GO = ("--decision", "GO", "--reason", "looked at it")
NO_GO = ("--decision", "NO-GO", "--reason", "looked at it")
LATER, EARLIER = "2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def released(waiting: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk whose one run was decided GO."""
    desk = copy_of(waiting, tmp_path_factory.mktemp("released"))
    done = desk.gonogo("sign", "latest", *GO)
    assert done.returncode == 0, done.stderr
    return desk


@pytest.fixture
def decided(released: Desk, tmp_path: Path) -> Desk:
    return copy_of(released, tmp_path / "desk")


def published(desk: Desk) -> Path:
    (pack,) = (desk.repo.path / "data" / "evidence_packs").glob("EVP-*/")
    return pack


def digests(pack: Path) -> dict[str, str]:
    """What of a pack can be revoked."""
    (signoff,) = (pack / "review").glob("*.signoff.json")
    engine = dsse.load_public((pack / "review" / "engine.pub").read_bytes())
    return {
        "--pack": digest_of((pack / "seal.json").read_bytes()),
        "--sign-off": digest_of(signoff.read_bytes()),
        "--key": dsse.key_id(engine),
    }


def fingerprint(desk: Desk) -> str:
    from gonogo_evidence.sshwire import PublicKey

    return PublicKey.from_line(desk.key.with_suffix(".pub").read_text()).fingerprint


def revoke(gonogo: Said, desk: Desk, *words: str) -> None:
    done = gonogo(desk, "index", "append", "revocation", *words, "--reason", "it was stolen")
    assert done.returncode == 0, done.stderr


def checks(gonogo: Said, desk: Desk, *words: str, code: int) -> dict[str, Any]:
    """Checks by code, of ``gonogo verify``."""
    done = gonogo(desk, "verify", *words, "--json")
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return {check["code"]: check for check in json.loads(done.stdout)["checks"]}


@pytest.mark.parametrize("what", ["--pack", "--sign-off", "--key"])
def test_a_revocation_was_written_and_never_read(gonogo: Said, decided: Desk, what: str) -> None:
    pack = published(decided)
    checks(gonogo, decided, str(pack), code=0)
    revoke(gonogo, decided, what, digests(pack)[what])
    for named in (str(pack), "latest"):
        found = checks(gonogo, decided, named, code=5)
        assert "it was stolen" in found["REVOKED"]["evidence"]
    assert "decision REVOKED" in gonogo(decided, "verify", str(pack)).stdout
    refused(gonogo(decided, "resume", "latest"), "REVOKED", 5)
    refused(gonogo(decided, "sign", "latest", *GO), "REVOKED", 5)


def test_a_signers_key_is_revoked_by_its_fingerprint(gonogo: Said, decided: Desk) -> None:
    revoke(gonogo, decided, "--key", fingerprint(decided))
    checks(gonogo, decided, "latest", code=5)
    refused(gonogo(decided, "index", "append", "revocation", "--key", "SHA256:x", "--reason", "r"), "DIGEST_FORM", 2)


@pytest.mark.parametrize(("since", "code"), [(LATER, 0), (EARLIER, 5)])
def test_what_the_log_had_before_a_key_was_stolen_stands(gonogo: Said, decided: Desk, since: str, code: int) -> None:
    for key in (digests(published(decided))["--key"], fingerprint(decided)):
        revoke(gonogo, decided, "--key", key, "--compromised-at", since)
    checks(gonogo, decided, "latest", code=code)
    assert gonogo(decided, "resume", "latest").returncode == code


@pytest.mark.parametrize("what", ["pack", "key"])
def test_what_is_revoked_is_not_signed_into_force(gonogo: Said, held: Desk, what: str) -> None:
    pack = published(held)
    named = fingerprint(held) if what == "key" else digest_of((pack / "seal.json").read_bytes())
    revoke(gonogo, held, f"--{what}", named)
    refused(gonogo(held, "sign", "latest", *GO), "REVOKED", 5)
    assert undecided(held)


def test_a_key_that_was_lost_after_the_pack_was_made_and_before_it_signed(gonogo: Said, held: Desk) -> None:
    """The pack stood in the index before; the decision did not: it was committed, and refused by verify after."""
    revoke(gonogo, held, "--key", fingerprint(held), "--compromised-at", format_time(datetime.now(UTC)))
    refused(gonogo(held, "sign", "latest", *GO), "REVOKED", 5)
    assert undecided(held)


def test_a_key_that_counts_until_later_signs_until_then(gonogo: Said, held: Desk) -> None:
    revoke(gonogo, held, "--key", fingerprint(held), "--compromised-at", LATER)
    assert gonogo(held, "sign", "latest", *GO).returncode == 0
    checks(gonogo, held, "latest", code=0)
    checks(gonogo, held, str(published(held)), "--at", "2999-06-01T00:00:00Z", code=0)


@pytest.mark.parametrize("place", ["index", "policy"])
@pytest.mark.parametrize(("since", "code"), [(EARLIER, 5), ("", 5), (LATER, 0)])
def test_policy_and_index_judge_a_lost_key_alike(
    gonogo: Said, decided: Desk, tmp_path: Path, place: str, since: str, code: int
) -> None:
    """Lost before the decision, or never good: refused. Lost after: the decision stands."""
    words: tuple[str, ...] = ()
    if place == "index":
        revoke(gonogo, decided, "--key", fingerprint(decided), *(["--compromised-at", since] if since else []))
    else:
        line = decided.key.with_suffix(".pub").read_text().strip()
        (tmp_path / "revoked").write_text(f"{line} since={since}\n" if since else f"{line}\n")
        words = ("--revoked-keys", str(tmp_path / "revoked"))
    found = checks(gonogo, decided, str(published(decided)), *words, code=code)
    assert ({"REVOKED", "SIGNER_REVOKED"} & found.keys() != set()) is bool(code)


@pytest.mark.parametrize("place", ["index", "policy"])
def test_nobody_vouches_for_when_a_lost_key_closed_a_condition(
    gonogo: Said, held: Desk, tmp_path: Path, place: str
) -> None:
    condition = "--condition", "text=see to it;owner=ada;due=2999-01-01"
    assert (
        gonogo(held, "sign", "latest", "--decision", "GO-WITH-CONDITIONS", "--reason", "r", *condition).returncode == 4
    )
    evidence = tmp_path / "evidence.txt"
    evidence.write_text("done\n")
    assert gonogo(held, "close", "latest", "--condition", "1", "--evidence", str(evidence)).returncode == 0
    words: tuple[str, ...] = ()
    if place == "index":
        revoke(gonogo, held, "--key", fingerprint(held), "--compromised-at", LATER)
    else:
        line = held.key.with_suffix(".pub").read_text().strip()
        (tmp_path / "revoked").write_text(f"{line} since={LATER}\n")
        words = ("--revoked-keys", str(tmp_path / "revoked"))
    assert "SIGNER_REVOKED_WHEN" in checks(gonogo, held, str(published(held)), *words, code=3)


def test_an_index_that_is_brought_is_asked_too(gonogo: Said, decided: Desk, tmp_path: Path) -> None:
    pack, before = published(decided), tmp_path / "index"
    shutil.copytree(decided.state_folder() / "index", before)
    revoke(gonogo, decided, "--pack", digests(pack)["--pack"])
    checks(gonogo, decided, str(pack), "--index", str(before), code=0)
    checks(gonogo, decided, str(pack), "--index", str(decided.state_folder() / "index"), code=5)
    assert "INDEX_NOT_FOUND" in checks(gonogo, decided, str(pack), "--index", str(tmp_path), code=2)


def test_without_an_index_nobody_asked(gonogo: Said, decided: Desk) -> None:
    shutil.rmtree(decided.state_folder() / "index")
    assert checks(gonogo, decided, str(published(decided)), code=0)["INDEX_NOT_ASKED"]["limit"]


def test_the_list_says_what_was_revoked(gonogo: Said, decided: Desk) -> None:
    digest = digests(published(decided))["--pack"]
    revoke(gonogo, decided, "--pack", digest, "--compromised-at", EARLIER)
    assert f"pack {digest} since {EARLIER}: it was stolen" in gonogo(decided, "index", "list").stdout


def test_a_second_revocation_with_another_time_was_swallowed(gonogo: Said, decided: Desk) -> None:
    digest = digests(published(decided))["--pack"]
    for since in (EARLIER, LATER, LATER):
        revoke(gonogo, decided, "--pack", digest, "--compromised-at", since)
    listed = json.loads(gonogo(decided, "index", "list", "--kind", "revocation", "--json").stdout)["entries"]
    assert [one["details"]["compromised_at"] for one in listed] == [EARLIER, LATER]


def test_a_rewritten_decision_was_not_seen_where_the_log_has_it(
    gonogo: Said, decided: Desk, waiting: Desk, tmp_path: Path
) -> None:
    """The run is GO in ledger and index; beside the pack lies a NO-GO of the same people over the same pack."""
    other = copy_of(waiting, tmp_path / "other")
    assert gonogo(other, "sign", "latest", *NO_GO).returncode == 1
    assert gonogo(decided, "index", "check").returncode == 0
    theirs, mine = published(other) / "review", published(decided) / "review"
    for path in theirs.iterdir():
        overwrite(mine / path.name, path.read_bytes())
    found = checks(gonogo, decided, str(published(decided)), code=6)
    assert "GO, entry 2" in found["INDEX_OTHER_DECISION"]["evidence"]
    done = gonogo(decided, "index", "check", "--json")
    assert done.returncode == 6
    (wrong,) = (check for check in json.loads(done.stdout)["checks"] if check["verdict"] == "FAIL")
    assert (wrong["code"], wrong["where"]) == ("INDEX_OTHER_DECISION", str(mine / "outcome.json"))
