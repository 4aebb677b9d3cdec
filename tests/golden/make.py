"""Make the golden pack of this version; run it by hand, from the root of the repository.

    PYTHONPATH=tests .venv/bin/python tests/golden/make.py            says what differs from what is checked in
    PYTHONPATH=tests .venv/bin/python tests/golden/make.py --replace  writes tests/golden/VERSION/

Keys, times and contents are fixed (``support/whole.py``), so that the same code gives the same bytes on every machine.
A released version's folder is never made again: packs of it are in the world, and ``test_golden.py`` holds that they
stay valid. Only the folder of a version that is not released yet is replaced when the format moves on.

Today the pack is put together by the tests' helpers. When the engine seals attestations and index by itself, let
``whole_pack`` start a run with these keys and this clock instead: its result, the folder, stays what is written here.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from gonogo.version import __version__
from gonogo_evidence.canonical import digest_of
from support.whole import NOW, whole_pack

HERE = Path(__file__).parent
VERSION = __version__.partition(".dev")[0]
POLICY, EXPECTED = "signoff.toml", "expected.json"


def make(place: Path) -> None:
    """Write the pack, what a verifier brings, and what is expected of both into an empty folder."""
    whole = whole_pack(place)
    report = whole.gonogo()
    assert report.exit_code == 0, report.json()
    shutil.rmtree(place / f"log-{whole.folder.name}")
    shutil.copyfile(HERE.parents[1] / "config" / POLICY, place / POLICY)
    files = {path: digest_of((place / path).read_bytes()) for path in listing(place)}
    digests = {"core": report.core_digest, "pack": report.pack_digest, "review": report.review_digest}
    expected = {"at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "digests": digests, "files": files, "pack": whole.folder.name}
    (place / EXPECTED).write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


def listing(place: Path) -> list[str]:
    """Every file below a folder, by its path in it."""
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def differences(made: Path, kept: Path) -> list[str]:
    """The paths whose bytes differ, or that only one of the two has."""
    both = {path for place in (made, kept) for path in listing(place)}
    return sorted(path for path in both if _read(made / path) != _read(kept / path))


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def main(words: list[str]) -> int:
    """Compare, or replace. Exit 1 where something differs and nothing was written."""
    kept = HERE / VERSION
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / VERSION
        made.mkdir()
        make(made)
        changed = differences(made, kept)
        sys.stdout.write("".join(f"differs: {path}\n" for path in changed) or "nothing differs\n")
        if words != ["--replace"]:
            return 1 if changed else 0
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(made, kept)
    for path in kept.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
