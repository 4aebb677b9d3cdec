"""Smoke test of strategy files: each must load and name a universe, a window and a risk limit. JSON to standard output.

python scripts/strategy_smoke.py config/strategies
"""

import json
import sys
import tomllib
from pathlib import Path

NEEDED = {"universe": list, "window_days": int, "max_position": float}


def problems(file: Path) -> list[str]:
    """What is wrong with one strategy file."""
    try:
        strategy = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [f"it does not load: {error}"]
    missing = [name for name in NEEDED if name not in strategy]
    wrong = [name for name, kind in NEEDED.items() if name in strategy and not isinstance(strategy[name], kind)]
    return [*(f"{name} is missing" for name in missing), *(f"{name} is of another kind" for name in wrong)]


def main(folder: str) -> int:
    """Look at every file of a folder; 1 where one has a problem."""
    files = sorted(Path(folder).glob("*.toml"))
    found = [{"file": file.as_posix(), "what": what} for file in files for what in problems(file)]
    told = {"strategies": [file.name for file in files], "ok": not found, "problems": found}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
