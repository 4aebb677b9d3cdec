"""One writer for a run, and the kernel frees the lock of the dead."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import Inconclusive
from gonogo_graph.lock import single_writer

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time, pathlib
from gonogo_graph.lock import single_writer
with single_writer(pathlib.Path(sys.argv[1]), patience=0):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_waits_and_is_told_and_the_dead_let_go(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "run.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(Inconclusive, match="RUN_BUSY"), single_writer(path, patience=0.1):
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with single_writer(path, patience=0):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
