"""This project's own repository is exported to every host; what lies there is what gonogo exports today."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOSTS = ("cursor", "claude", "vscode", "agents-md")


def test_what_is_checked_in_is_what_is_exported() -> None:
    done = subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "gonogo", "export", *HOSTS, "--check", "--prompts", "en", "--json"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] == []
