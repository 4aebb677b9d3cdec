"""Run the tests against the built wheel, not the editable tree; the arguments are pytest's.

The wheel is built without a network, kept in ``build/wheel/<digest of what goes into it>`` and unpacked there. It comes
first on ``PYTHONPATH``, before the folders that the editable install names; programs that tests start inherit that.

What tests write lies in memory where there is room for it (Linux's ``/dev/shm``), else where ``TMPDIR`` says. Removing
a folder takes milliseconds on a disk, and a suite makes tens of thousands; links, locks, rights and ``fsync`` are there
as on a disk, and the tests of full and read-only disks mount their own. A ``TMPDIR`` that is set is kept.

``--no-linux`` before pytest's arguments: with the calls that ``no_linux/sitecustomize.py`` lists made to raise.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

TREE = Path(__file__).resolve().parents[2]
KEPT = 4
PARTS = ("console", "graph", "agents", "policies", "evidence", "config", "pyproject.toml", "README.md", "LICENSE")
PACKAGES = ("gonogo", "gonogo_graph", "gonogo_agents", "gonogo_policies", "gonogo_evidence")
NO_LINUX = Path(__file__).with_name("no_linux")
NO_LINUX_PROBE = """
import select
try:
    exec("select.epoll()", {"__name__": "gonogo_probe".partition("_")[0], "select": select})
except AttributeError as error:
    print(type(error).__name__)
"""
"""What a module of ours gets of a Linux-only call."""
MEMORY = Path("/dev/shm")  # noqa: S108 - what lies there is in a folder of our own
QUICK = "gonogo-suite."
ROOM = 4 << 30
"""Bytes; half a suite left 0.6 of 2**30 behind."""
WHERE = "import " + ", ".join(PACKAGES) + "\nfor module in (" + ", ".join(PACKAGES) + "): print(module.__file__)"


def main(arguments: list[str]) -> int:
    """Build if needed, check what would be tested, test. Returns pytest's exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # started in the background, Ctrl-C would be ignored below
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and under nohup, the end of a terminal
    site = wheel_site()
    tests = str(TREE / "tests")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), tests)), "GONOGO_WHEEL": str(site)}
    if not _comes_from(site, env):
        return 1
    if arguments[:1] == ["--no-linux"]:
        return _without_linux(env, arguments[1:])
    return _test(env, arguments)


def _test(env: dict[str, str], arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", *_required(env), *arguments]
    with _quick_folder(env) as folder:
        return subprocess.run(command, cwd=TREE, env={**env, **folder}, check=False).returncode


@contextmanager
def _quick_folder(env: dict[str, str]) -> Generator[dict[str, str], None, None]:
    """``TMPDIR`` in memory, gone afterwards; nothing where one is set, or where room or the right to run is missing."""
    if env.get("TMPDIR") or not _fits(MEMORY):
        yield {}
        return
    for left in MEMORY.glob(f"{QUICK}*"):  # by a suite that was killed
        if not Path("/proc", left.suffix[1:]).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = MEMORY / f"{QUICK}{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o1777)  # as the usual place: some tests write as somebody who may not read everything
    sys.stderr.write(f"on_wheel: what tests write lies in {folder}\n")
    try:
        yield {"TMPDIR": str(folder)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fits(memory: Path) -> bool:
    """Whether the folder takes what the suite writes, and lets programs run that lie there."""
    if sys.platform != "linux" or not os.access(memory, os.W_OK):
        return False
    there = os.statvfs(memory)
    free = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
    room = min(there.f_bavail * there.f_frsize, int(free.split()[1]) * 1024)
    return room >= ROOM and not there.f_flag & os.ST_NOEXEC


def _without_linux(env: dict[str, str], arguments: list[str]) -> int:
    """Test with the Linux-only calls made to raise. Not having raised them is a failure, whatever pytest says."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        env |= {"PYTHONPATH": os.pathsep.join((str(NO_LINUX), env["PYTHONPATH"])), "GONOGO_NO_LINUX": str(log)}
        probe = [sys.executable, "-c", NO_LINUX_PROBE]
        done = subprocess.run(probe, cwd=TREE, env=env, capture_output=True, text=True, check=False)
        if done.stdout.strip() != "LinuxOnly":
            sys.stderr.write(f"on_wheel: Linux-only calls do not raise\n{done.stdout}{done.stderr}")
            return 1
        code = _test(env, arguments)
        started = log.read_text(errors="replace").splitlines()
    ours = sum("gonogo" in line for line in started)
    sys.stderr.write(f"on_wheel: Linux-only calls raised in {len(started)} Python processes, {ours} of them gonogo\n")
    return code or int(len(started) <= 1)


def wheel_site() -> Path:
    """The folder with the unpacked wheel of this tree; built when there is none yet."""
    shelf = TREE / "build" / "wheel"
    site = shelf / _digest() / "site"
    if not site.is_dir():
        shelf.mkdir(parents=True, exist_ok=True)
        for old in sorted(shelf.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        made = Path(tempfile.mkdtemp(dir=shelf, prefix="making-"))
        _build(made)
        try:
            made.rename(site.parent)
        except OSError:  # somebody else was faster
            shutil.rmtree(made)
    return site


def _build(folder: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(TREE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(done.returncode)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    folder.chmod(0o755)


def _digest() -> str:
    """Over the path and the bytes of everything that goes into the wheel."""
    total = hashlib.sha256()
    for part in PARTS:
        start = TREE / part
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                inside = hashlib.sha256(path.read_bytes()).hexdigest()
                total.update(f"{path.relative_to(TREE)} {inside}\n".encode())
    return total.hexdigest()[:16]


def _comes_from(site: Path, env: dict[str, str]) -> bool:
    """Say which files are tested; false if one of our packages would come from elsewhere."""
    done = subprocess.run([sys.executable, "-c", WHERE], cwd=TREE, env=env, capture_output=True, text=True, check=False)
    found = done.stdout.split()
    if done.returncode == 0 and len(found) == len(PACKAGES) and all(Path(at).is_relative_to(site) for at in found):
        sys.stderr.write(f"on_wheel: testing the wheel in {site.relative_to(TREE)}\n")
        return True
    sys.stderr.write(f"on_wheel: the wheel is not what would be tested\n{done.stdout}{done.stderr}")
    return False


def _required(env: dict[str, str]) -> list[str]:
    """In CI nothing may be skipped."""
    return ["-p", "support.no_skips"] if env.get("CI") == "true" else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
