"""Two npm packages, asked by ``judge.mjs``: ``@sigstore/verify`` and ``canonicalize``; one process for all packs.

They are installed from ``package.json`` by npm, once, into ``build/strangers/<digest of what is declared>``.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strangers import look
from strangers.table import Answer, all_of, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strangers.look import Brought

HERE = Path(__file__).parent
SHELF = HERE.parents[1] / "build" / "strangers"
DECLARED = ("package.json", ".npmrc")
SECONDS = 300
NEEDED = "the strangers need node (18 or later) and npm (Debian: apt-get install nodejs npm)"


class NotInstalled(Exception):
    """The packages are not there, and cannot be had: the tests fail, they are not skipped."""


def installed(shelf: Path = SHELF) -> Path:
    """The folder in which ``node_modules`` lies. Raises :class:`NotInstalled`."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        raise NotInstalled(f"{' and '.join(missing)} not found: {NEEDED}")
    folder = shelf / sha256(b"".join((HERE / name).read_bytes() for name in DECLARED))[:16]
    if not folder.is_dir():
        shelf.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=shelf, prefix="making-"))
        try:
            _install(made)
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody else was faster
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return folder


def bundles(template: Mapping[str, Any], pack: Path, brought: Brought) -> tuple[dict[str, Any], Any]:
    """Sigstore bundles of what lies there: one of each envelope, and the one of the index entry with its proof, if any.

    Args:
        template: the bundle of a good entry, as ``gonogo_evidence.index.sigstore`` makes it.
        pack: the pack's folder.
        brought: what the stranger brings.
    """
    envelopes = look.envelopes(pack)
    plain = {**template, "verificationMaterial": {**template["verificationMaterial"], "tlogEntries": []}}
    alone = {path: {**plain, "dsseEnvelope": envelope} for path, envelope in envelopes.items()}
    proof, leaf = look.proof(pack), look.leaf(pack, brought.engine_key.read_bytes())
    if proof is None or leaf is None:
        return alone, None
    logged = deepcopy({**template, "dsseEnvelope": envelopes[look.ENTRY]})
    (entry,) = logged["verificationMaterial"]["tlogEntries"]
    entry |= {"logIndex": proof.index, "canonicalizedBody": base64.b64encode(leaf).decode()}
    entry["inclusionProof"] |= {
        "logIndex": proof.index,
        "rootHash": proof.root,
        "treeSize": proof.size,
        "hashes": proof.hashes,
        "checkpoint": {"envelope": proof.checkpoint},
    }
    return alone, logged


def ask(
    folder: Path,
    packs: Mapping[str, tuple[Path, Brought]],
    template: Mapping[str, Any],
    root: Any,  # noqa: ANN401 - JSON
) -> dict[str, Any]:
    """What the two say of each pack, by its name: reasons, empty where they accept; the form is ``judge.mjs``'s."""
    asked: dict[str, Any] = {}
    for name, (pack, brought) in packs.items():
        alone, logged = bundles(template, pack, brought)
        texts = {path: base64.b64encode(data).decode() for path, data in look.documents(pack).items()}
        asked[name] = {"envelopes": alone, "log": logged, "documents": texts}
    (_, brought), *_ = packs.values()
    key = {"hint": template["verificationMaterial"]["publicKey"]["hint"], "pem": brought.engine_key.read_text()}
    question = json.dumps({"root": root, "key": key, "packs": asked}).encode()
    argv = ["node", str(HERE / "judge.mjs"), str(folder)]
    done = subprocess.run(argv, input=question, capture_output=True, check=False, timeout=SECONDS)
    if done.returncode != 0:
        raise NotInstalled(f"node could not judge; {NEEDED}: {done.stderr.decode(errors='replace')[-2000:]}")
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def vector(said: Mapping[str, Any]) -> dict[str, Answer]:
    """The reasons of one pack as answers of the three."""
    return {
        "sigstore-envelope": all_of(map(_answer, said["envelopes"].values())),
        "sigstore-log": _answer(said["log"]),
        "canonicalize": all_of(map(_answer, said["documents"].values())),
    }


def _answer(reason: str | None) -> Answer:
    if reason is None:
        return "n/a"
    return "reject" if reason else "accept"


def _install(folder: Path) -> None:
    for name in DECLARED:
        shutil.copyfile(HERE / name, folder / name)
    argv = ["npm", "install", "--no-package-lock"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    wanted = json.loads((HERE / "package.json").read_bytes())["dependencies"]
    if done.returncode != 0 or versions(folder) != wanted:
        said = (done.stdout + done.stderr)[-2000:]
        raise NotInstalled(f"npm could not install what tests/strangers/package.json declares:\n{said}")


def versions(folder: Path) -> dict[str, str]:
    """Every package below ``node_modules`` with its version."""
    found = [json.loads(path.read_bytes()) for path in sorted((folder / "node_modules").glob("**/package.json"))]
    return {one["name"]: one["version"] for one in found if "version" in one}
