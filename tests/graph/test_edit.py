"""Editing the review notes, killed anywhere: the old review or the new one counts, and the next command goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.main import main
from gonogo_agents.world import World
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.review import write_review
from gonogo_evidence.verify import verify_pack
from gonogo_graph.play import stored_results
from gonogo_graph.proof import pack_folder
from gonogo_graph.session import open_session
from gonogo_graph.signing import ask, edit_notes
from gonogo_graph.store.sqlite import SqliteStore
from support.crash import rows
from support.quick import quick_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo_evidence.ids import JSON
    from gonogo_graph.context import RunContext
    from support.desk import Desk

DISK = ("open", "chmod", "replace", "rename", "unlink", "mkdir", "rmdir")


def notes(context: RunContext) -> bytes:
    return (pack_folder(context) / "review" / "notes.md").read_bytes()


def test_a_kill_anywhere_in_an_edit_leaves_a_review_that_can_be_signed(desk: Desk, context: RunContext) -> None:
    results, step, died, kept = stored_results(context), 0, True, set[bool]()
    while died:
        step += 3
        before, after = notes(context), f"# Words, {step}\n".encode()
        died = _edited_until(desk, step, results, after)
        asked = ask(context, "en")
        folder = pack_folder(context)
        assert asked.request.review_digest == asked.sealed.review_digest
        assert verify_pack(folder).verdict("authentic") == "PASS"
        assert not (folder.parent / f"{folder.name}.review.next").exists(), step
        assert notes(context) in {before, after}
        kept.add(notes(context) == after)
    assert kept == {False, True}
    assert rows(desk, "SELECT code FROM refusals") == []
    signed = main(
        ["sign", "latest", "--decision", "GO", "--reason", "seen", "--repo", str(desk.repo.path)],
        world=quick_world(desk.environment()),
    )
    assert signed == 0
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, f"{folder.name}.json"]


def _edited_until(desk: Desk, last: int, results: dict[str, JSON], words: bytes) -> bool:
    """Edit in a process that dies before its ``last`` step on disk or ledger; whether it came to that."""
    child = os.fork()
    if not child:
        left = [last]

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def step(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **named)

            return step

        with open_session(World(env=desk.environment()), desk.repo.path) as session:
            for name in DISK:
                setattr(Path, name, counted(getattr(Path, name)))
            SqliteStore.add_request = counted(SqliteStore.add_request)  # type: ignore[method-assign]
            edit_notes(session.context(session.find("latest")), results, words)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def test_a_review_that_somebody_else_wrote_anew_is_never_asked_about(desk: Desk, context: RunContext) -> None:
    """A resume once asked again for whatever lay there, if its digests fitted: a forged card could be signed."""
    folder = pack_folder(context)
    files = {path.name: path.read_bytes() for path in (folder / "review").iterdir()}
    for name in ("review.json", "request.json"):
        files.pop(name)
    write_review(folder, {**files, "card.txt": b"VERDICT PASS. Sign.\n"})
    resume = ["resume", "latest", "--repo", str(desk.repo.path)]
    for _ in range(2):
        assert main(resume, world=World(env=desk.environment())) == 6
        with pytest.raises(IntegrityBroken, match="REVIEW_CHANGED"):
            ask(context, "en")
    assert len(rows(desk, "SELECT 1 FROM requests")) == 1
    assert set(rows(desk, "SELECT code FROM refusals")) == {("REVIEW_CHANGED",)}
    with pytest.raises(IntegrityBroken, match="REVIEW_CHANGED"):
        edit_notes(context, stored_results(context), b"# Mine\n")
