"""A full disk, while sealing and at any other moment: said in words, and a resume gives what room would have given."""

from __future__ import annotations

import errno
import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from gonogo_agents.duties.bodies import BODIES
from gonogo_agents.workers import NoIsolation
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.pack import Contents, Sealed, write_pack
from support.bad_input import refused, room
from support.crash import rows

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.duty import Ask, DutyBody, Result, View
    from support.bad_input import Said
    from support.desk import Desk


def test_a_full_disk_while_sealing(gonogo: Said, desk: Desk, waiting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("gonogo_agents.evidence_port.write_pack", _write_pack_in_little_room)
        done = gonogo(desk, "run", "--layer", "L0", "--reason", "test")
        refused(done, "DISK_FULL", 3)
        assert "then resume the run" in done.stderr
    (packs,) = desk.state_folder().glob("runs/*/pack")
    assert list(packs.iterdir()) == []
    assert gonogo(desk, "resume", "latest").returncode == 4
    assert rows(desk, "SELECT core_digest FROM runs") == rows(waiting, "SELECT core_digest FROM runs")


def _write_pack_in_little_room(folder: Path, contents: Contents) -> Sealed:
    with room(2000):
        return write_pack(folder, contents)


@pytest.mark.parametrize("size", [1_000, 20_000, 100_000, 150_000, 200_000, 250_000])
def test_a_disk_that_is_full_at_any_moment(gonogo: Said, desk: Desk, waiting: Desk, size: int) -> None:
    words = ("run", "--layer", "L0", "--reason", "test")
    with room(size):
        done = gonogo(desk, *words)
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert any(f"error {code}: " in done.stderr for code in ("DISK_FULL", "STATE_UNUSABLE")), done.stderr
    again = ("resume", "latest") if rows(desk, "SELECT 1 FROM runs") else words
    assert gonogo(desk, *again).returncode == 4
    assert rows(desk, "SELECT core_digest FROM runs") == rows(waiting, "SELECT core_digest FROM runs")


def test_a_full_disk_in_a_duty_is_no_verdict(gonogo: Said, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it was: INCONCLUSIVE, sealed for good, where room and a resume would have given a PASS."""

    def full(view: View, ask: Ask) -> Result:
        del view, ask
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    words = ("run", "--layer", "L0", "--reason", "test")
    with monkeypatch.context() as patch:
        bodies: dict[str, DutyBody] = {**BODIES, "inventory": full}
        for door in ("gonogo_graph.drive.open_crew", "gonogo_agents.workers.open_crew"):
            patch.setattr(door, lambda _: nullcontext(NoIsolation(bodies)))
        done = gonogo(desk, *words)
        refused(done, "DISK_FULL", 3)
        assert "then resume the run" in done.stderr
    assert gonogo(desk, "resume", "latest").returncode == 4
    assert rows(desk, "SELECT verdict FROM runs") == [("PASS",)]


def test_a_database_without_room_says_so(tmp_path: Path) -> None:
    from gonogo_graph.store.database import connect, what_the_disk_says

    connection = connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE x (y)")
    connection.execute("PRAGMA max_page_count = 3")
    with pytest.raises(GonogoError) as caught, what_the_disk_says(tmp_path):
        connection.execute("INSERT INTO x VALUES (zeroblob(100000))")
    connection.close()
    assert (caught.value.code, caught.value.exit_code) == ("DISK_FULL", 3)
