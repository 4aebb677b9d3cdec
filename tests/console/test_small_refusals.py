"""Small things that an operator would have believed: an empty name, a lapsed answer, a word that hides itself."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import canonical
from gonogo_graph.lock import single_writer
from support.bad_input import GO, NO_GO, refused, undecided
from support.crash import rows

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from support.bad_input import Said
    from support.desk import Desk

NAMED = (
    ("verify",),
    ("show",),
    ("resume",),
    ("sign", "--decision", "NO-GO", "--reason", "x"),
    ("abandon", "--reason", "x"),
    ("close", "--condition", "1", "--evidence", "README.md"),
)


def edit(desk: Desk, statement: str) -> None:
    connection = sqlite3.connect(desk.state_folder() / "gonogo.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("name", ["", "  "])
@pytest.mark.parametrize("words", NAMED, ids=lambda words: words[0])
def test_an_empty_name_means_no_run(gonogo: Said, held: Desk, words: tuple[str, ...], name: str) -> None:
    command, *rest = words
    refused(gonogo(held, command, name, *rest), "NAME_EMPTY", 2)
    assert undecided(held)


def test_the_inbox_speaks_the_operators_language(gonogo: Said, held: Desk) -> None:
    assert "  until 20" in gonogo(held, "inbox").stdout
    assert "  bis 20" in gonogo(held, "inbox", GONOGO_LANG="de").stdout


def test_a_reason_moves_no_cursor_in_the_inbox(gonogo: Said, held: Desk) -> None:
    held.update_runs(reason="a\x1b[2Kb\nforged line")
    said = gonogo(held, "inbox").stdout
    assert "\x1b" not in said
    assert said.count("\n") == 1


def test_blockers_in_json_are_words_alone(gonogo: Said, held: Desk) -> None:
    (path,) = held.state_folder().glob("runs/*/pack/EVP-*/review/recommendation.json")
    review = dict(canonical.loads_object(path.read_bytes()))
    point: JSON = {"id": "x", "text": {"fields": {}, "template": "", "text": "red \x1b[31mand\x1b[0m \u202eback"}}
    path.chmod(0o600)
    path.write_bytes(canonical.dumps({**review, "blockers": [point]}))
    shown = json.loads(gonogo(held, "show", "latest", "--json").stdout)
    assert shown["blockers"] == [{"id": "x", "text": "red and back"}]


def test_a_no_go_whose_request_ended_is_told_by_the_next_signature(gonogo: Said, held: Desk) -> None:
    assert gonogo(held, *NO_GO, "--no-resume").returncode == 4
    edit(held, "UPDATE requests SET expires = '2020-01-01T00:00:00Z'")
    done = gonogo(held, *GO)
    assert done.returncode == 0
    assert "ada had signed NO-GO on " in done.stderr
    assert "no longer counts" in done.stderr
    assert [row[0] for row in rows(held, "SELECT decision FROM signoffs ORDER BY rowid")] == ["NO-GO", "GO"]


def test_a_no_go_whose_request_ended_is_told_by_resume(gonogo: Said, held: Desk) -> None:
    assert gonogo(held, *NO_GO, "--no-resume").returncode == 4
    edit(held, "UPDATE requests SET expires = '2020-01-01T00:00:00Z'")
    done = gonogo(held, "resume", "latest")
    refused(done, "REQUEST_EXPIRED", 5)
    assert "the NO-GO of ada was not committed" in done.stderr
    assert "gonogo sign" in done.stderr


def test_abandoning_says_how_the_run_ended_while_it_waited_for_the_lock(gonogo: Said, held: Desk) -> None:
    run = rows(held, "SELECT run_id FROM runs")[0][0]
    taken, told = threading.Event(), threading.Timer(1.0, lambda: None)

    def other() -> None:
        with single_writer(held.state_folder() / "locks" / f"{run}.lock", patience=5):
            taken.set()
            told.start()
            told.join()
            edit(held, "INSERT INTO abandonments SELECT run_id, 'bob', 'first', '2026-01-01T00:00:00Z' FROM runs")
            held.update_runs(state="ABANDONED")

    busy = threading.Thread(target=other)
    busy.start()
    taken.wait()
    done = gonogo(held, "abandon", "latest", "--reason", "second")
    busy.join()
    refused(done, "RUN_ENDED", 5)
    assert "ABANDONED" in done.stderr


def test_a_pack_is_verified_against_the_protected_ref_of_a_clone(gonogo: Said, held: Desk, tmp_path: Path) -> None:
    """The pack lies outside every repository; the trust store names a ref, and ``--repo`` or the folder has it."""
    (trust,) = held.trust_folders()
    files = {f"config/{name}": (trust / name).read_text() for name in ("allowed_signers", "signoff.toml")}
    held.repo.commit({**files, "src/sample.py": '"""Sample."""\n\nANSWER = 44\n'})
    held.repo.git("branch", "trusted")
    with (trust / "trust.toml").open("a") as enrolled:
        enrolled.write('base_ref = "trusted"\n')
    run = held.run()
    assert gonogo(held, *GO).returncode == 0
    pack = run["pack"]
    assert gonogo(held, "verify", pack).returncode == 0
    assert gonogo(held, "verify", run["run_id"]).returncode == 0
    (tmp_path / "away").mkdir()
    held.repo.path, repo = tmp_path / "away", held.repo.path
    assert gonogo(held, "verify", pack, "--repo", str(repo)).returncode == 0
    away = gonogo(held, "verify", pack)
    assert (away.returncode, "has no repository to read them from" in away.stdout) == (3, True)
