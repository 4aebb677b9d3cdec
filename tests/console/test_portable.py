"""``make portable``: the stated Linux-only calls raise for our packages, and for nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "support" / "no_linux"
PROBES = (
    "import os; os.memfd_create('x')",
    "import os; os.sched_getaffinity(0)",
    "import os; os.getxattr('/', 'user.x')",
    "import os; os.fdatasync(0)",
    "import select; select.epoll()",
    "import resource; resource.prlimit(0, 0)",
    "from pathlib import Path; Path('/proc/self/status').read_text()",
    "import os; os.listdir('/sys')",
    "import os; os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    "import ctypes; ctypes.CDLL(None).prctl",
    "import ctypes; ctypes.CDLL(None).syncfs",
    "import fcntl, os; fcntl.fcntl(os.pipe()[0], fcntl.F_SETPIPE_SZ, 4096)",
    "import subprocess; subprocess.run(['sha256sum', '/dev/null'], check=True)",
)
FINE = (
    "import tempfile; tempfile.TemporaryFile().write(b'x')",
    "import os; os.sched_yield()",
    "import fcntl, os; fcntl.flock(os.open('.', os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW), fcntl.LOCK_EX)",
    "import subprocess; subprocess.run(['git', '--version'], check=True, capture_output=True)",
)
TRY = """
import sys, warnings
warnings.simplefilter("ignore")
try:
    exec(sys.argv[2], {"__name__": sys.argv[1]})
except BaseException as error:
    print(type(error).__name__)
"""


def tried(module: str, code: str, log: Path) -> str:
    """The error's name when a module of this name runs the code; empty without one."""
    env = {**os.environ, "PYTHONPATH": str(FOLDER), "GONOGO_NO_LINUX": str(log)}
    done = subprocess.run(
        [sys.executable, "-c", TRY, module, code], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1] if done.stdout else ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is nothing to take away")
def test_our_packages_get_no_linux_only_call(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert {code: tried("gonogo_agents.world", code, log) for code in PROBES} == dict.fromkeys(PROBES, "LinuxOnly")
    assert len(log.read_text().splitlines()) == len(PROBES)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is nothing to take away")
def test_others_keep_theirs(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert "LinuxOnly" not in {tried("xdist.workermanage", code, log) for code in PROBES}
    assert {code: tried("gonogo_agents.world", code, log) for code in FINE} == dict.fromkeys(FINE, "")
