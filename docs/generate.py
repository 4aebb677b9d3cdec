# ruff: noqa: INP001 - a script, not a package
"""Bring what docs/ and the catalogues take from the code up to date: ``make docs``.

Without arguments everything; ``--texts`` the German catalogue only; ``--missing-codes`` lists the error codes that
``gonogo explain`` does not know or knows in vain, and changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TREE / "tests"))

from gonogo.cli.explain import catalogue as explained  # noqa: E402 - the same
from gonogo.cli.table import EXITS  # noqa: E402 - the same
from support import (  # noqa: E402 - the helpers live with the tests
    attack_page,
    catalogue,
    claims,
    codes,
    layers,
    one_file,
    schema_pages,
    tutorial,
)

ERRORS = TREE / "docs" / "errors.md"
ISOLATION = TREE / "docs" / "isolation.md"
HEAD = """# Errors

Made by `make docs` from the code; `gonogo explain CODE` says the same, in German with `--lang de`.
Every refusal has three parts: what happened, where, and what to do next.

## Exit codes

| exit | meaning |
|---|---|
"""


def errors_page() -> str:
    """The whole of docs/errors.md."""
    exits = "".join(f"| {number} | {meaning} |\n" for number, meaning in EXITS)
    rows = "".join(
        f"| `{entry.code}` | {', '.join(map(str, entry.exits))} | {_cell(entry.meaning)} | {_cell(entry.next_step)} |\n"
        for entry in explained("en").values()
    )
    return f"{HEAD}{exits}\n## Codes\n\n| code | exit | meaning | what to do |\n|---|---|---|---|\n{rows}"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;")


def isolation_page() -> str:
    """The whole of docs/isolation.md: its words, and the table of layers and escapes."""
    return layers.page((TREE / "docs" / "isolation.md").read_text(encoding="utf-8"))


def missing_codes() -> int:
    """Say what the catalogue of codes lacks, and what it has too much. 1 if there is any."""
    used, known = codes.used(), codes.known()
    for code in sorted(used.keys() - known.keys()):
        exits = ", ".join(map(str, sorted(used[code]))) or "a check"
        sys.stdout.write(f"missing  {code}  (exit {exits})\n")
    for code in sorted(known.keys() - used.keys()):
        sys.stdout.write(f"unused   {code}\n")
    for code in sorted(used.keys() & known.keys()):
        if used[code] and not used[code] <= known[code]:
            sys.stdout.write(
                f"exit     {code}: raised with {sorted(used[code])}, explained with {sorted(known[code])}\n"
            )
    return int(used.keys() != known.keys())


def texts() -> int:
    """Update and compile the German catalogue; say what is not translated yet. 1 if there is any."""
    lacking = catalogue.update()
    for template in lacking:
        sys.stdout.write(f"no German: {template!r}\n")
    return int(bool(lacking))


def main(arguments: list[str]) -> int:
    """Do what the arguments name."""
    if arguments == ["--missing-codes"]:
        return missing_codes()
    if arguments == ["--texts"]:
        return texts()
    if arguments:
        sys.stderr.write("usage: docs/generate.py [--texts | --missing-codes]\n")
        return 2
    ERRORS.write_text(errors_page(), encoding="utf-8")
    attack_page.PAGE.write_text(attack_page.page(), encoding="utf-8")
    claims.PAGE.write_text(claims.page(), encoding="utf-8")
    ISOLATION.write_text(isolation_page(), encoding="utf-8")
    one_file.FILE.write_text(one_file.page(), encoding="utf-8")
    for language, place in tutorial.PAGES.items():
        place.write_text(tutorial.page(language), encoding="utf-8")
    schema_pages.FOLDER.mkdir(exist_ok=True)
    for name, text in schema_pages.pages().items():
        (schema_pages.FOLDER / name).write_text(text, encoding="utf-8")
    return max(texts(), missing_codes())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
