"""The whole loop as an operator drives it: run, sign, resume, close, verify, with real keys and real processes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from support.crash import copy_of
from support.desk import CLEAN, Desk, make_key

BROKEN = {"src/sample.py": '"""Sample."""\n\nANSWER = undefined_name\n'}
NOTES = {"notes.txt": "More words.\n"}


def sign(desk: Desk, decision: str, *more: str, code: int) -> dict[str, object]:
    found: dict[str, object] = desk.json("sign", "latest", "--decision", decision, "--reason", "seen", *more, code=code)
    return found


def test_a_go_is_committed_once_and_verifies(desk: Desk) -> None:
    run = desk.run()
    assert (run["state"], run["verdict"], run["recommendation"], run["decision"]) == (
        "AWAITING_OPERATOR", "PASS", "GO", None,
    )  # fmt: skip
    assert run["blockers"] == []
    assert run["run_id"] in run["next"]
    signed = sign(desk, "GO", code=0)
    assert (signed["state"], signed["decision"], signed["core_digest"]) == ("COMMITTED", "GO", run["core_digest"])
    done = desk.gonogo("verify", "latest")
    assert done.returncode == 0, done.stdout
    assert "authentic yes · verdict PASS · decision GO" in done.stdout
    again = desk.gonogo("resume", "latest")
    assert again.returncode == 0
    assert "ada decided GO on 20" in again.stderr
    other = desk.gonogo("sign", "latest", "--decision", "NO-GO", "--reason", "changed my mind")
    assert other.returncode == 5
    assert "ALREADY_DECIDED" in other.stderr


def test_a_no_go_exits_one_everywhere(held: Desk) -> None:
    assert sign(held, "NO-GO", code=1)["decision"] == "NO-GO"
    assert held.gonogo("resume", "latest").returncode == 1
    assert held.gonogo("verify", "latest").returncode == 1


def test_conditions_keep_it_at_four_until_each_is_closed(held: Desk, tmp_path: Path) -> None:
    condition = "follow up; owner=ada; due=31.12.2027"
    signed = sign(held, "GO-WITH-CONDITIONS", "--condition", condition, "--condition", condition, code=4)
    assert signed["open_conditions"] == [1, 2]
    assert [run["run_id"] for run in held.json("inbox", code=0)["runs"]] == [signed["run_id"]]
    evidence = tmp_path / "done.txt"
    evidence.write_text("done\n")
    assert held.json("close", "latest", "--condition", "1", "--evidence", str(evidence), code=4)["open_conditions"] == [
        2
    ]
    assert held.gonogo("verify", "latest").returncode == 4
    assert held.gonogo("close", "latest", "--condition", "1", "--evidence", str(evidence)).returncode == 5
    assert (
        held.json("close", "latest", "--condition", "2", "--evidence", str(evidence), code=0)["open_conditions"] == []
    )
    assert held.gonogo("verify", "latest").returncode == 0
    assert held.json("inbox", code=0)["runs"] == []


def test_a_failing_change_cannot_be_released(desk: Desk) -> None:
    desk.repo.commit(BROKEN)
    run = desk.run()
    assert (run["verdict"], run["recommendation"]) == ("FAIL", "NO-GO")
    assert run["blockers"]
    for decision in (("GO",), ("GO-WITH-CONDITIONS", "--condition", "Lint Gate; owner=a; due=2027-01-01")):
        done = desk.gonogo("sign", "latest", "--decision", decision[0], "--reason", "x", *decision[1:])
        assert done.returncode == 5, done.stderr
    assert sign(desk, "NO-GO", code=1)["decision"] == "NO-GO"


def test_what_no_gate_read_is_inconclusive_and_needs_a_condition_that_names_it(desk: Desk) -> None:
    desk.repo.commit(NOTES)
    run = desk.run()
    assert (run["verdict"], run["recommendation"]) == ("INCONCLUSIVE", "GO-WITH-CONDITIONS")
    assert desk.gonogo("sign", "latest", "--decision", "GO", "--reason", "x").returncode == 5
    vague = desk.gonogo(
        "sign", "latest", "--decision", "GO-WITH-CONDITIONS", "--reason", "x",
        "--condition", "look again; owner=ada; due=2027-01-01",
    )  # fmt: skip
    assert vague.returncode == 5
    assert "CONDITION_MISSING" in vague.stderr
    names = "; ".join(item["id"] for item in run["inconclusive"])
    named = f"read by hand: {names.replace(';', ',')}; owner=ada; due=2027-01-01"
    assert sign(desk, "GO-WITH-CONDITIONS", "--condition", named, code=4)["state"] == "COMMITTED"
    assert desk.gonogo("verify", "latest").returncode in {3, 4}


def test_a_key_that_nobody_trusts_is_refused_and_recorded(held: Desk, tmp_path: Path) -> None:
    stranger = make_key(tmp_path / "stranger")
    done = held.gonogo("sign", "latest", "--decision", "GO", "--reason", "x", "--key", str(stranger))
    assert done.returncode == 5
    assert "SIGNER_UNTRUSTED" in done.stderr
    assert held.gonogo("inbox").stdout.count("AWAITING_OPERATOR") == 1


@pytest.mark.parametrize("where", ["seal.json", "core/pack.json", "review/notes.md", "review/review.json"])
def test_evidence_edited_before_signing_is_six(held: Desk, where: str) -> None:
    flip(sealed(held) / where)
    done = held.gonogo("sign", "latest", "--decision", "GO", "--reason", "x")
    assert done.returncode == 6, done.stderr
    assert held.json("show", "latest", code=0)["decision"] is None


def test_one_changed_byte_anywhere_is_six(held: Desk, tmp_path: Path) -> None:
    sign(held, "GO", code=0)
    pack = sealed(held)
    everything = sorted(path for path in pack.rglob("*") if path.is_file())
    assert len(everything) > 15
    for path in [*everything, pack.with_name(pack.name + ".json")]:
        copy = tmp_path / "copy" / pack.name
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        shutil.copytree(pack.parent, tmp_path / "copy")
        flip(copy.parent / path.relative_to(pack.parent))
        assert verify_here(held, copy) == 6, path


def verify_here(desk: Desk, pack: Path) -> int:
    """Verify in this process: the same code, without a new interpreter for each of many copies."""
    from gonogo.main import main
    from gonogo_agents.world import World

    return main(["verify", str(pack)], world=World(env=desk.environment()))


def test_abandoned_runs_stay_on_the_record(held: Desk) -> None:
    assert held.json("abandon", "latest", "--reason", "wrong layer", code=0)["state"] == "ABANDONED"
    assert held.gonogo("sign", "latest", "--decision", "GO", "--reason", "x").returncode == 5
    resumed = held.gonogo("resume", "latest")
    assert resumed.returncode == 5
    assert "wrong layer" in resumed.stderr
    assert held.json("inbox", "--all", code=0)["runs"][0]["state"] == "ABANDONED"


def test_the_core_is_the_same_elsewhere(desk: Desk, enrolled: Desk, tmp_path: Path) -> None:
    first = desk.run()
    other = copy_of(enrolled, tmp_path / "elsewhere" / "deep")
    other.env.update({"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"})
    (other.repo.path / "untracked.txt").write_text("dirt\n")
    second = other.run()
    assert first["core_digest"] == second["core_digest"]
    assert first["pack_digest"] != second["pack_digest"]


def test_the_operators_tree_is_not_touched_before_publishing(desk: Desk) -> None:
    from support.repos import listing

    before = listing(desk.repo.path)
    run = desk.run()
    after = listing(desk.repo.path)
    new = {path for path in after if path not in before}
    assert new
    assert all("/data" in path for path in new)
    assert {path: after[path][2] for path in before} == {path: value[2] for path, value in before.items()}
    published = desk.repo.path / "data" / "evidence_packs" / run["pack_id"]
    assert json.loads((published / "seal.json").read_bytes())["pack_id"] == run["pack_id"]


def test_two_runs_of_one_change_have_two_names_and_one_core(desk: Desk) -> None:
    first, second = desk.run(), desk.run()
    assert first["pack_id"] != second["pack_id"]
    desk_seen = json.loads((Path(second["pack"]) / "environment.json").read_bytes())["observed"]["preflight_snapshot"][
        "desk"
    ]
    assert (desk_seen["untracked_count"], desk_seen["published_count"] > 0) == (0, True), "our own packs are no dirt"
    assert first["core_digest"] == second["core_digest"]


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(data))


def sealed(desk: Desk) -> Path:
    """The pack of the desk's newest run."""
    return max(path for path in desk.state_folder().glob("runs/*/pack/EVP-*") if path.is_dir())


def test_the_sample_is_what_the_tests_think(desk: Desk) -> None:
    assert set(CLEAN) <= set(desk.repo.git("ls-files").split())


def test_the_place_in_the_index_cannot_be_taken_from_a_pack_that_somebody_signed(held: Desk, tmp_path: Path) -> None:
    pack = sealed(held)
    sign(held, "GO", code=0)
    statement = json.loads(next(pack.glob("review/*.signoff.json")).read_bytes())
    assert statement["predicate"]["index_seen"]["size"] == 2, "intent and pack"
    copy = shutil.copytree(pack, tmp_path / "copy" / pack.name)
    assert held.gonogo("verify", str(copy), "--authentic-only").returncode == 0
    shutil.rmtree(copy / "index")
    done = held.gonogo("verify", str(copy), "--authentic-only", "--json")
    assert (done.returncode, "INDEX_REMOVED" in done.stdout) == (6, True)


def test_the_published_pack_is_checked_by_strangers_alone(held: Desk, tmp_path: Path) -> None:
    """What VERIFY.md says, run as it stands there: sha256sum, openssl, ssh-keygen, and one file of Python."""
    sign(held, "GO", code=0)
    pack = next(held.repo.path.glob("data/evidence_packs/EVP-*/"))
    (trust,) = held.trust_folders()
    assert held.gonogo("verify", str(pack), "--export-verifier", str(tmp_path)).returncode == 0
    engine = next((trust / "engine").iterdir())
    named = {
        "ALLOWED_SIGNERS": trust / "allowed_signers",
        "ENGINE_KEY": engine,
        "VERIFIER": tmp_path / "verify_pack.py",
    }
    paste = "sed -n '/^```sh$/,/^```$/p' VERIFY.md | sed '/^```/d' | sh -eu"
    env = held.environment(**{name: str(path) for name, path in named.items()})
    done = subprocess.run(["sh", "-c", paste], cwd=pack, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'Good "gonogo-signoff@v1" signature' in done.stdout
    assert "authentic PASS, verdict PASS, decision PASS" in done.stdout


def test_verify_speaks_sarif(held: Desk) -> None:
    done = held.gonogo("verify", "latest", "--sarif")
    document = json.loads(done.stdout)
    assert done.returncode == 4
    (run,) = document["runs"]
    kinds = {result["ruleId"]: result["kind"] for result in run["results"]}
    assert (document["version"], kinds["authentic.seal"], kinds["decision.signed"]) == ("2.1.0", "pass", "open")
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_open_decisions_are_judged_at_the_time_that_is_asked_about(held: Desk) -> None:
    sign(held, "GO", "--no-resume", code=4)
    assert held.gonogo("verify", "latest").returncode == 4
    late = held.gonogo("verify", "latest", "--at", "2099-01-01T00:00:00Z")
    assert (late.returncode, "authentic yes" in late.stdout) == (5, True)
    assert held.gonogo("verify", "latest", "--at", "tomorrow").returncode == 2
