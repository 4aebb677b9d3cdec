"""Killed at every step, and on a disk that fills up: a pack is whole or not there, and nothing stays beside it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from gonogo_evidence.pack import build_core, core_digest
from support.packs import core_fields, core_files

KILLER = """
import os, random, signal, sys
from pathlib import Path
from support.packs import sample_contents
from gonogo_evidence.pack import read_sealed, write_pack
from gonogo_evidence.single_file import SOURCES, derive

root, counts = Path(sys.argv[1]), {}
EVENTS = ("open", "os.", "shutil.")

def child(place, last):
    seen = 0
    def hook(event, arguments):
        nonlocal seen
        if event.startswith(EVENTS) and str(place) in repr(arguments):
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
    contents = sample_contents(root)
    sys.addaudithook(hook)
    write_pack(place / "EVP", contents)
    os._exit(0)

number = 0
while True:
    number += 1
    place = root / str(number)
    place.mkdir()
    (place / "EVP.json").write_bytes(b"of an older pack")
    pid = os.fork()
    if not pid:
        child(place, number)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status):
        assert os.waitstatus_to_exitcode(status) == 0, status
        break
    state = "whole" if (place / "EVP").exists() else "partial" if (place / "EVP.partial").exists() else "nothing"
    counts[state] = counts.get(state, 0) + 1
    sealed = write_pack(place / "EVP", sample_contents(root))
    assert read_sealed(place / "EVP") == sealed
    assert (place / "EVP.json").read_bytes() == derive({name: (place / "EVP" / name).read_bytes() for name in SOURCES})
    names = sorted(entry.name for entry in place.iterdir())
    assert names == ["EVP", "EVP.json"], (number, names)
    print(sealed.core_digest)
print(number, sorted(counts.items()), file=sys.stderr)
"""


def test_a_kill_at_every_single_step_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL before each file operation in turn; the second call always ends with the same core and no leftovers."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    digests = done.stdout.split()
    assert set(digests) == {core_digest(build_core(core_fields(), core_files()))}
    assert len(digests) > 40
    for state in ("nothing", "partial", "whole"):
        assert state in done.stderr, done.stderr


FULL = """
import resource, sys
from pathlib import Path
from support.packs import sample_contents
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.pack import write_pack, DataFile

sources, place, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
(sources / "large").write_bytes(b"x" * 600_000)
contents = sample_contents(sources, data=[DataFile("data/large", sources / "large", "text/plain", "bit", "")])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write_pack(place / "EVP", contents)
except Inconclusive as error:
    print(error.code, sorted(entry.name for entry in place.iterdir()))
"""


def _full(sources: Path, place: Path, limit: int) -> str:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", FULL, str(sources), str(place), str(limit)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_a_disk_that_fills_up_while_sealing_leaves_nothing_half_made(tmp_path: Path) -> None:
    """On a small file system of its own where this user may mount one, else by a limit on file size."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    mounted = (
        sys.platform == "linux"
        and os.geteuid() == 0
        and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    )
    try:
        assert _full(tmp_path, place, 0 if mounted else 100_000) == "DISK_FULL []"
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)


def test_a_file_size_limit_is_a_full_disk_too(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    for limit in random.Random(4711).sample(range(1, 500_000), 3):  # noqa: S311 - a test's sample
        assert _full(tmp_path, place, limit) == "DISK_FULL []"
