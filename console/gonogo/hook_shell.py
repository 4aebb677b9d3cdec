r"""What a chat's command line must not do in any role: sign, enrol, reach for keys, trust files and the hook.

A shell has many ways to write a word, so a line is read twice: with quotes and backslashes aside, and once more with
escapes (``\x73``, ``\163``) written out. What is put together while it runs (variables, patterns, decoded text)
cannot be read; it is refused where it stands beside gonogo or a verb that signs. A script that was written earlier
passes: ``docs/hosts.md`` says so. No import of anything: ``gonogo export`` writes this file into the hook.
"""

from __future__ import annotations

# exported from here

PARTS = frozenset(("append", "cosign", "--renew"))
"""Words of gonogo's looks that write: into the index, and into packs."""
VERBS = PARTS | {"sign", "close", "resume", "abandon", "init", "handoff", "export", "witness"}
"""gonogo's words that are the operator's."""
LOOKS = ("show", "inbox", "verify", "explain", "doctor", "layers", "models", "controls", "diff", "index", "--version")
"""gonogo's commands that only look: the shell may have them in any role."""
SAFE = frozenset(
    (
        *LOOKS,
        *("run", "gates", "policy-critic", "docs", "nightly", "reproduce", "evidence", "attack", "drill", "mcp"),
        *("hook", "completion"),
    )
)
"""Every other command of gonogo: what stands behind one of them is its own argument."""
AGENTS = frozenset(("ssh-add", "ssh-agent", "ssh_auth_sock"))
KEYS = (
    "gonogo/trust",
    ".config/gonogo",
    "state/gonogo",
    "/engine.key",
    "/state.key",
    "/.ssh",
    "witness.key",
    "signoff@v1",
)
"""Parts of a line that name the operator's keys, trust files, and gonogo's own state."""
ELSEWHERE = ("gonogo_home", "gonogo_database_url", "gonogo_role")
"""Variables that lead gonogo to other places, or make it another role."""
GUARDS = (
    *(".gonogo", "hooks.json", ".git/hooks", ".git/config", ".git/gonogo", "core.hookspath", ".mcp.json"),
    *(".cursor/mcp.json", ".vscode/mcp.json", ".claude/settings", ".github/hooks"),
)
"""Parts of a line that name the hook and what configures it."""
SIGNERS = ("gpg.ssh", "gpg.format", "gpg.program", "user.signingkey", "commit.gpgsign", "tag.gpgsign", "--gpg-sign")
COMMITS = frozenset(("commit", "commit-tree", "merge", "rebase", "am", "cherry-pick", "revert", "tag", "push"))
RUNNERS = frozenset(("make", "gmake", "just", "task"))
INTERPRETERS = frozenset(("sh", "bash", "zsh", "dash", "ksh", "fish", "eval", "source", "xargs"))
DECODERS = frozenset(("base64", "base32", "xxd", "rev", "uudecode"))
COPIERS = frozenset(("alias", "ln", "cp", "mv", "install", "link", "hash"))
WRAPPERS = ("sudo", "env", "command", "exec", "builtin")
CODERS = ("python", "pypy", "perl", "ruby", "node", "bun", "deno")
EXPANDS = "$`*?[{"
"""Signs that make another word of a word while the line runs."""

LAST = 0xFFFF
"""No command has a sign beyond it."""
UNQUOTED = {ord(sign): None for sign in "'\"\\"}
SEPARATED = {ord(sign): " " for sign in ";&|()<>`{}[]=,:!$*?#%+^~\t\n\r"}
PIECES = {ord(sign): "\n" for sign in ";&|\r"}
REDIRECTS = ("&>", ">&", "<&", ">|", "<>")
"""They end no command; what follows is a file, and no word of it."""

OPERATORS = (
    "gonogo sign, close, resume, abandon, init, handoff, export, witness and what writes the index are the operator's,"
    " in their own terminal."
)
SIGNS = "Only the operator signs, in their own terminal."
HIDDEN = "Beside gonogo and its verbs a line is written out: no variables, patterns, decoded text or other names."


def line_refused(command: str) -> tuple[str, str] | None:
    """The rule against a command line, and the words for it; None where nothing is against it."""
    joined = command.replace("\\\r\n", "").replace("\\\n", "")
    readings = [joined, _written_out(joined)] if "\\" in joined else [joined]
    for reading in readings:
        line = reading.translate(UNQUOTED)
        found = _signs(line) or _hides(line.casefold()) or _reaches(line.casefold())
        if found:
            return found
    return None


def _written_out(text: str) -> str:
    """The line with its numeric escapes as the signs that they stand for."""
    first, *parts = text.split("\\")
    return first + "".join(_escape(part) for part in parts)


def _escape(part: str) -> str:
    digits, most, start = "01234567", 3 + part.startswith("0"), 0
    if part[:1] in ("x", "u", "U"):
        digits, most, start = "0123456789abcdefABCDEF", {"x": 2, "u": 4, "U": 8}[part[0]], 1
    end = start
    while end < len(part) and end - start < most and part[end] in digits:
        end += 1
    code = int(part[start:end], 16 if start else 8) if end > start else 0
    return chr(code) + part[end:] if 0 < code <= LAST else part


def _words(line: str) -> tuple[list[str], list[str]]:
    """The words, whatever separates them, and the last part of each as a path."""
    words = line.translate(SEPARATED).split()
    return words, [word.rpartition("/")[2] for word in words]


def _signs(line: str) -> tuple[str, str] | None:
    """A signature, or one of the operator's commands, in plain words anywhere in the line."""
    words, names = _words(line.casefold())
    have = set(names)
    if have & AGENTS:
        return "key-agent", "The operator's keys are not a chat's."
    keygen = "ssh-keygen" in have and ("sign" in have or "$" in line or "`" in line)
    behind = {before for before, name in zip(names, names[1:], strict=False) if name == "sign"}
    asked, task = "-y" in behind, bool(behind & RUNNERS)
    if keygen or asked or task or "-ysign" in have or _git_signs(line):
        return "sign", SIGNS
    if _ours(words, names) & VERBS or (any(name.startswith("gonogo") for name in names) and have & VERBS):
        return "sign", OPERATORS
    return None


def _ours(words: list[str], names: list[str]) -> set[str]:
    """What gonogo is told by a module's or a file's name; and by words, where a file of it is run."""
    told: set[str] = set()
    before = ""
    for word, name in zip(words, names, strict=True):
        if name.startswith("gonogo."):
            told.update(name.split("."))
        run = before.startswith(CODERS) or before == "run"
        if run and name.endswith(".py") and "gonogo/" in word:
            told.update((name[:-3], *names))
        before = before if name.startswith("-") else name
    return told


def _git_signs(line: str) -> bool:
    """Whether git is told to sign, or how: it would take the operator's key."""
    lower = line.casefold()
    if "git" not in lower:
        return False
    if any(word in lower for word in SIGNERS):
        return True
    for piece in line.translate(PIECES).split("\n"):
        words = piece.split()
        flags = [word for word in words if word[:1] == "-" and word[1:2] != "-"]
        tags = "tag" in words and any(flag[:2] in ("-s", "-u") for flag in flags)
        if COMMITS & set(words) and (tags or any("S" in flag for flag in flags) or "--signed" in words):
            return True
    return False


def _hides(line: str) -> tuple[str, str] | None:
    """What is put together while the line runs, beside gonogo or a verb that signs."""
    _, names = _words(line)
    have = set(names)
    ours = any(name.startswith("gonogo") for name in names)
    decoded = have & DECODERS and (have & INTERPRETERS or any(name.startswith(CODERS) for name in names))
    if decoded or (ours and have & {"xargs", "parallel"}) or _coded(line, names):
        return "hidden", HIDDEN
    for redirect in REDIRECTS:
        line = line.replace(redirect, ">")
    for piece in line.translate(PIECES).split("\n"):
        if _hidden_in(piece.split()):
            return "hidden", HIDDEN
    return None


def _hidden_in(words: list[str]) -> bool:
    """One command of the line: another name for gonogo, or a word of it that is not written out."""
    names = [word.rpartition("/")[2] for word in words]
    first = names[1:2] if names[:1] and names[0] in WRAPPERS else names[:1]
    if COPIERS & set(first) and {"gonogo", "ssh-keygen"} & {part for name in names for part in name.split("=")}:
        return True
    for at, name in enumerate(names):
        if any(sign in EXPANDS for sign in words[at]) and names[at + 1 : at + 2] and names[at + 1] in VERBS:
            return True
        if name in ("gonogo", "gonogo.exe"):
            for before, word in zip(words[at:], words[at + 1 :], strict=False):
                if word in SAFE and before[-1:] not in ("<", ">"):
                    break
                if any(sign in EXPANDS for sign in word):
                    return True
    return False


def _coded(line: str, names: list[str]) -> bool:
    """Code on the line itself (``python -c``, a here-document) that speaks of gonogo."""
    if not any(name.startswith(CODERS) for name in names):
        return False
    at = min((line.find(mark) for mark in (" -c", " -e", "c ", "<<") if mark in line), default=-1)
    coded = "<<" in line or any(name[:1] == "-" and name[-1:] in ("c", "e") for name in names)
    return coded and "gonogo" in line[at:]


def _reaches(line: str) -> tuple[str, str] | None:
    """Keys, trust files, gonogo's own state, the hook: their names anywhere in the line."""
    if any(part in line for part in (*KEYS, *ELSEWHERE)):
        return "trust-files", "Keys, trust files and gonogo's own state are not a chat's."
    for word in line.translate(SEPARATED | {ord("*"): "*", ord("?"): "?"}).split():
        parts = word.split("/")
        if any(part[:1] == "." and _may_mean(part, ".ssh") for part in parts):
            return "trust-files", "Keys, trust files and gonogo's own state are not a chat's."
        above = [".config", "state"]
        if any(one in above and _may_mean(two, "gonogo") for one, two in zip(parts, parts[1:], strict=False)):
            return "trust-files", "Keys, trust files and gonogo's own state are not a chat's."
        in_git = [two for one, two in zip(parts, parts[1:], strict=False) if one == ".git"]
        ours = any(_may_mean(part, ".gonogo") for part in parts if part[:1] == ".")
        if ours or any(_may_mean(two, name) for two in in_git for name in ("gonogo", "hooks", "config")):
            return "protected", "The hook and what configures it are not changed from a chat."
    if any(part in line for part in GUARDS):
        return "protected", "The hook and what configures it are not changed from a chat."
    return None


def _may_mean(pattern: str, name: str) -> bool:
    """Whether a shell may make this name of the pattern: by what stands before its first wild sign."""
    ends = [at for at in (pattern.find("*"), pattern.find("?")) if at >= 0]
    return bool(ends) and name.startswith(pattern[: min(ends)])
