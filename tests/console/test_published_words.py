"""What people type is published and stays for ever, what is printed is believed: both were too easy."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gonogo_agents.redact_run import refuse_secrets
from gonogo_agents.world import World
from gonogo_graph.reproduce import unknown_engine
from support.attested import Person, reviewed_pack, signed
from support.bad_input import refused, undecided
from support.logs import ENGINE, key
from support.packs import PACK_ID, sample_pack
from support.secrets_planted import planted

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said
    from support.desk import Desk

LINE, TOKEN = planted()["github"]
CONDITION = f"rotate {TOKEN}; owner=ada; due=2027-01-01"


@pytest.mark.parametrize(
    "words",
    [
        ("sign", "latest", "--decision", "NO-GO", "--reason", LINE),
        ("sign", "latest", "--decision", "GO-WITH-CONDITIONS", "--reason", "x", "--condition", CONDITION),
        ("abandon", "latest", "--reason", LINE),
        ("index", "append", "revocation", "--pack", "0" * 64, "--reason", LINE),
        ("index", "append", "key-rotation", "--reason", LINE),
    ],
    ids=["sign", "condition", "abandon", "revocation", "rotation"],
)
def test_a_secret_was_published_after_the_seal(gonogo: Said, held: Desk, words: tuple[str, ...]) -> None:
    done = gonogo(held, *words)
    refused(done, "SECRET_IN_WORDS", 5)
    assert TOKEN not in done.stdout + done.stderr
    assert undecided(held)
    log = held.state_folder() / "index" / "entries.jsonl"
    assert TOKEN.encode() not in log.read_bytes()


def test_the_name_of_the_evidence_of_a_close_was_a_secret(gonogo: Said, held: Desk, tmp_path: Path) -> None:
    condition = "rotate the token; owner=ada; due=2027-01-01"
    sign = ("sign", "latest", "--decision", "GO-WITH-CONDITIONS", "--reason", "x", "--condition", condition)
    assert gonogo(held, *sign).returncode == 4
    for name, code in ((TOKEN, 5), ("done.txt", 0)):
        evidence = tmp_path / name
        evidence.write_text("done\n")
        assert gonogo(held, "close", "latest", "--condition", "1", "--evidence", str(evidence)).returncode == code


@pytest.mark.parametrize("kind", planted())
def test_every_kind_of_secret_is_refused(kind: str, enrolled: Desk) -> None:
    from gonogo_evidence.errors import Refused

    with pytest.raises(Refused, match="SECRET_IN_WORDS"):
        refuse_secrets(World(env=enrolled.environment()), [planted()[kind][0]])


def test_ordinary_words_start_no_detector() -> None:
    """Nothing is there that could be started: an empty PATH, and no room for one."""
    refuse_secrets(World(env={}), ["Geprüft; release-candidate is (really) good.", "ok", ""])


def test_a_forged_sign_off_was_shown_as_a_decision(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    sealed = reviewed_pack(tmp_path / "a" / PACK_ID, ENGINE)
    other = shutil.copytree(sealed.folder, tmp_path / "b" / PACK_ID)
    signed(sealed, Person.new(tmp_path / "keys", "the CEO"))
    done = gonogo(desk, "diff", str(other), str(sealed.folder))
    assert done.returncode == 0, done.stderr
    before, _, after = done.stdout.partition("the CEO")
    assert (before.rstrip().endswith("(gonogo verify PACK):"), after.startswith(': "(absent)" -> "GO"')) == (True, True)
    assert "as the sign-offs claim it" in before
    document = json.loads(gonogo(desk, "diff", str(other), str(sealed.folder), "--json").stdout)
    assert document["decisions_verified"] is False


def test_the_index_page_printed_a_command_that_fails(gonogo: Said, held: Desk) -> None:
    """EVIDENCE_INDEX.md names packs by their ids: ``gonogo verify EVP-...`` in the repository finds them."""
    (pack,) = (held.repo.path / "data" / "evidence_packs").glob("EVP-*/")
    assert json.loads(gonogo(held, "verify", pack.name, "--json").stdout)["pack"] == str(pack)
    shutil.rmtree(pack)
    found = json.loads(gonogo(held, "verify", pack.name, "--json").stdout)["pack"]
    assert found.startswith(str(held.state_folder()))
    refused(gonogo(held, "verify", "EVP-4BM2-L0-20260101-999"), "RUN_UNKNOWN", 2)


def test_a_lone_single_file_was_called_no_repository(gonogo: Said, held: Desk, tmp_path: Path) -> None:
    (file,) = (held.repo.path / "data" / "evidence_packs").glob("EVP-*.json")
    lone = str(shutil.copy(file, tmp_path))
    refused(gonogo(held, "verify", lone), "PACK_FOLDER_MISSING", 2)


def test_a_single_file_with_every_verdict_turned_was_valid(gonogo: Said, desk: Desk, tmp_path: Path) -> None:
    folder = sample_pack(tmp_path / PACK_ID).folder
    file = folder.with_name(f"{PACK_ID}.json")
    good = gonogo(desk, "evidence", "validate", str(file))
    assert (good.returncode, "gonogo verify PACK" in good.stderr) == (0, True), good.stdout
    file.chmod(0o644)
    file.write_text(file.read_text().replace('"PASS"', '"FAIL"'))
    turned = gonogo(desk, "evidence", "validate", str(file))
    assert (turned.returncode, "SINGLE_FILE_DIFFERS" in turned.stdout) == (1, True)
    shutil.rmtree(folder)
    assert gonogo(desk, "evidence", "validate", str(file)).returncode == 0, "alone, there is nothing to compare it with"


def test_a_pack_that_no_run_made_was_a_gate_that_is_not_deterministic(tmp_path: Path) -> None:
    folder = reviewed_pack(tmp_path / PACK_ID, ENGINE).folder
    assert list(unknown_engine(folder, [ENGINE.public_key()])) == []
    for keys in ([], [key(77).public_key()]):
        (hint,) = unknown_engine(folder, keys)
        assert "no such run made it" in str(hint)


def test_the_next_step_preselected_a_decision_and_a_reason(gonogo: Said, held: Desk) -> None:
    done = gonogo(held, "show", "latest")
    assert "sign " in done.stderr
    assert '--decision DECISION --reason "TEXT"' in done.stderr
    assert "--decision GO" not in done.stderr


def test_diff_judges_decisions_where_trust_is_at_hand_and_says_why_not_elsewhere(
    gonogo: Said, held: Desk, tmp_path: Path
) -> None:
    (pack,) = (held.repo.path / "data" / "evidence_packs").glob("EVP-*/")
    open_yet = shutil.copytree(pack, tmp_path / "open" / pack.name)
    assert gonogo(held, "sign", "latest", "--decision", "NO-GO", "--reason", "x").returncode == 1
    done = json.loads(gonogo(held, "diff", str(open_yet), str(pack), "--json").stdout)
    assert (done["decisions_verified"], done["decisions"], done["not_judged"]) == (
        True,
        ["open", "NO-GO"],
        [None, None],
    )
    human = gonogo(held, "diff", str(open_yet), str(pack)).stdout
    assert "judged as gonogo verify does" in human
    assert 'answer: "open" -> "NO-GO"' in human
    (path,) = (pack / "review").glob("*.signoff.json.sig")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"U1NIU0lH", b"U1NIU0lI"))
    forged = json.loads(gonogo(held, "diff", str(open_yet), str(pack), "--json").stdout)
    assert forged["decisions"] == ["open", "INVALID"]
    sealed = sample_pack(tmp_path / "elsewhere" / PACK_ID)
    done = json.loads(gonogo(held, "diff", str(sealed.folder), str(sealed.folder), "--json").stdout)
    assert (done["decisions_verified"], done["not_judged"]) == (False, ["TRUST_MISSING"] * 2)
    assert "TRUST_MISSING" in gonogo(held, "diff", str(sealed.folder), str(sealed.folder)).stdout
