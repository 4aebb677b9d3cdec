"""What a step's shell lines do with exit codes, and which scripts they call. A look, not a shell."""

from __future__ import annotations

import re

_PIPEFAIL = re.compile(r"\bset\s+(?:-\w*o\s+|-\w+\s+-o\s+)pipefail|PIPESTATUS|-eo pipefail")
_TEE = re.compile(r"\|\s*&?\s*tee\b")
_SAYS = re.compile(r"\s*(?:echo|printf|cat|date|env|ls)\b|\s*[\"'{(]?\s*(?:echo|printf)\b")
_SHRUG = re.compile(
    r"\|\|\s*(?:true|exit\s+0)\b|\|\|\s*:(?:\s|$)|\|\|\s*(?:echo|printf)\b(?!.*\b(?:exit|return|false)\b)"
    r"|;\s*(?:true|:|exit\s+0)\s*$|^set\s+\+\w*e"
)
_CALL = re.compile(
    r"(?:^|[\s;&|(`])(?:python3?|bash|sh|zsh|node|uv run(?: python3?)?)\s+(?:-[A-Za-z]+\s+)*"
    r"(?P<script>[\w./-]+\.(?:py|sh|js|mjs|cjs))"
    r"|(?:^|[;&|(`]\s*|\b(?:then|do|else|exec|time)\s+)(?P<direct>\.?/?[\w.-]+(?:/[\w.-]+)*\.(?:sh|py))(?=[\s;&|)`]|$)"
)
_MADE = re.compile(r">\s*(?P<path>[\w./-]+)|-[oO]\s+(?P<other>[\w./-]+)")


def lines_of(run: str) -> list[str]:
    """The commands of a script: continued lines joined, comments and here-documents left out."""
    lines: list[str] = []
    until = ""
    for line in run.replace("\\\n", " ").split("\n"):
        if until:
            until = "" if line.strip() == until else until
            continue
        stripped = line.strip()
        if not stripped.startswith("#") and stripped:
            lines.append(stripped)
        if here := re.search(r"<<-?\s*['\"]?(\w+)['\"]?", line):
            until = here[1]
    return lines


def loses_exit_code(run: str, shell: str) -> str | None:
    """The line whose exit code a pipe to ``tee`` swallows.

    ``shell: bash``, written out, sets pipefail; the default, which is bash as well, does not.
    """
    if shell == "bash" or "pipefail" in shell or _PIPEFAIL.search(run):
        return None
    for line in lines_of(run):
        if (found := _TEE.search(line)) and not _SAYS.match(line[: found.start()].rpartition(";")[2]):
            return line[:200]
    return None


def shrugs_off(run: str) -> str | None:
    """A line that goes on whatever its command says."""
    return next((line[:200] for line in lines_of(run) if _SHRUG.search(line)), None)


def called_scripts(run: str) -> list[str]:
    """Scripts that the lines call by a plain path, each once; what the lines make themselves is left out."""
    made = {found["path"] or found["other"] for found in _MADE.finditer(run)}
    found: dict[str, None] = {}
    for line in lines_of(run):
        for call in _CALL.finditer(line):
            script = call["script"] or call["direct"]
            if script and not script.startswith("/") and script not in made and ("/" in script or call["script"]):
                found[script] = None
    return list(found)
