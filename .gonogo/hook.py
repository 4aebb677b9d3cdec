# Exported by gonogo from sha256:9d7ed8589e6e50ae4b9c2a5317bba0a53504295609a6618a0832ab3f57b48484; change nothing here, run the export again.
# fmt: off
"""The first lines of an exported hook: run the rules from what was compiled of exactly their text, or from the text.

Compiling the rules takes longer than everything else that the hook does, and hosts start it for each tool call. So the
first call leaves what it compiled inside git's folder, which no commit brings and no chat may write, and the next one
takes it if it was made of this very text (the whole text is compared), by this very Python, and is the user's own file
that nobody else can write. Whatever else lies there is not believed: the text is compiled. ``gonogo doctor --host``
compiles it too and compares.
"""

from __future__ import annotations

import marshal
import os
import sys

MYPY = False
if MYPY:
    from types import CodeType

# exported from here

RULES = r'''"""The hook of a chat host: decides one tool call, says why, and never crashes. Standard library alone, one file.

``gonogo export`` copies it to ``.gonogo/hook.py`` with the policy inside; hosts start it as
``python -I -S .gonogo/hook.py HOST`` for each tool call, with the event on standard input. ``gonogo hook HOST`` is the
same with the policy that lies there.

Two sets of rules. **Always**, run or no run: no signing, no key agent, no change of trust files, of ``.git``, of the
hook itself and of what configures it. **While a run waits for a chat's duty**: only what the role that is due may do by
``roles.toml``; nothing is written, no program but gonogo's own looks is started, no other MCP server is asked.

It is one layer of several, and not the last: the server checks each hand-in for itself, the work trees are compared at
the seal, and no signature is made here. A shell that runs outside the host never meets it.
"""

# pyright: basic
# (the strict mode wants a type for every value of a JSON event that this file takes apart because it has none)

from __future__ import annotations

import os
import sys

NOTES = ("sessionstart", "sessionend", "afterfileedit", "subagentstop", "stop", "posttooluse")
"""Events that are written down and not decided."""
READS = frozenset(("read", "glob", "ls", "view", "beforereadfile", "read_file", "list_dir"))
SEARCHES = frozenset(("grep", "search", "semanticsearch", "codebase_search", "grep_search", "rg"))
"""They show what stands in files, and in every file below a folder."""
WRITES = frozenset(
    (
        *("write", "edit", "multiedit", "notebookedit", "delete", "create", "str_replace", "apply_patch", "strreplace"),
        *("str_replace_editor", "editnotebook", "create_file", "insert_edit_into_file", "replace_string_in_file"),
        *("multi_replace_string_in_file", "edit_file", "write_file", "delete_file", "move_file", "create_directory"),
    )
)
SHELLS = frozenset(("shell", "bash", "powershell", "run_in_terminal", "terminal", "bashoutput"))
TASKS = frozenset(("task", "agent", "runsubagent"))
PATHS = frozenset(
    (
        *("filepath", "path", "paths", "notebookpath", "targetfile", "file", "files", "filename", "targetdirectories"),
        *("oldpath", "newpath", "source", "destination", "dest", "target", "uri", "directory", "dirpath"),
    )
)
"""Fields of a call, in small letters without underscores, that name files; whatever the tool is called."""
LINES = frozenset(("command", "cmd", "script", "code", "commandline", "commands"))
"""Fields that hold a command line or code."""
FOLDERS = frozenset(("cwd", "workdir", "workingdirectory"))
DEEPEST = 8
"""Levels of a call's own fields that are looked into; deeper ones are refused."""
TOOLS = frozenset(
    (
        *("gonogo_status", "gonogo_take_duty", "gonogo_read", "gonogo_list_files", "gonogo_change", "gonogo_run_gate"),
        *("gonogo_append_evidence", "gonogo_hand_in", "gonogo_propose_decision", "gonogo_start_run"),
    )
)
"""gonogo's own tools: another server's of a name that begins so is not ours."""


def is_ours(tool: str) -> bool:
    """Whether it is a tool of gonogo's, and of its server where the host names the server."""
    server = tool.lower().removeprefix("mcp__").removeprefix("mcp:")
    return bare(tool) in TOOLS and server.startswith(("gonogo_", "gonogo/", "gonogo:"))


def bare(tool: str) -> str:
    """An MCP tool's name without its server, however the host writes that."""
    return tool.lower().split("__")[-1].split(":")[-1].split("/")[-1]


class _Plain:
    """How the C scanner of ``json`` reads; ``json`` itself imports regular expressions, a third of Python's start."""

    strict, object_hook, object_pairs_hook, parse_float, parse_int = True, None, None, float, int

    @staticmethod
    def parse_constant(name: str) -> float:
        """NaN and Infinity are no JSON."""
        raise ValueError(name)


def parsed(text: str) -> Any:  # noqa: ANN401 - JSON
    """``json.loads``, without its import and without NaN. Raises ``ValueError`` or ``RecursionError``."""
    scanner: Any
    try:
        from _json import make_scanner as scanner
    except ImportError:
        import json

        return json.loads(text, parse_constant=_Plain.parse_constant)
    inner = text.strip(" \t\n\r")
    try:
        value, end = scanner(_Plain)(inner, 0)
    except StopIteration:
        raise ValueError("HOOK_EVENT_MALFORMED") from None
    if end != len(inner):
        raise ValueError("HOOK_EVENT_MALFORMED")
    return value


def dumped(value: object) -> str:
    """JSON of what the hook says and logs: objects, strings, whole numbers, yes and no."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dumped(str(key))}: {dumped(item)}" for key, item in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    try:
        from _json import encode_basestring_ascii
    except ImportError:
        from json.encoder import encode_basestring_ascii
    return encode_basestring_ascii(str(value))


def what_is_asked(name: str, event: Event) -> list[tuple[str, str]]:
    """What is asked, and of what: the call itself first, then every other file, line and folder that it names.

    Kinds: ``shell``, ``read``, ``search``, ``write``, ``mcp``, ``subagent``, ``other``, ``note``; and ``folder``, in
    which a line would run.
    """
    lower = name.lower()
    if lower in NOTES:
        return [("note", str(event.get("file_path", "")))]
    if lower == "subagentstart":
        return [("subagent", str(event.get("subagent_type") or event.get("agent_type") or ""))]
    if lower == "beforeshellexecution":
        return [("shell", _text(event, "command")), ("folder", str(event.get("cwd") or ""))]
    if lower == "beforemcpexecution":
        tool = _text(event, "tool_name")
        return [("mcp", tool), *_named(tool, event.get("tool_input", {}))]
    if lower == "beforereadfile":
        return [("read", _text(event, "file_path"))]
    return _tool(event)


def _tool(event: Event) -> list[tuple[str, str]]:
    """The same of an event about one tool call."""
    tool = event.get("tool_name") or event.get("toolName")
    given = event.get("tool_input", event.get("toolArgs", {}))
    given = _object(given)
    if not isinstance(tool, str):
        raise TypeError("HOOK_EVENT_MALFORMED")
    plain = tool.lower()
    last = plain.rpartition("/")[2]
    if plain.startswith(("mcp:", "mcp__")) or ("/" in plain and last not in WRITES | READS | SEARCHES | SHELLS):
        return [("mcp", tool), *_named(tool, given)]
    if last in TASKS:
        return [("subagent", str(given.get("subagent_type") or given.get("agentName") or ""))]
    named = list(_fields(given))
    if last in SHELLS:
        return [("shell", _text(given, "command")), *(one for one in named if one[0] == "folder")]
    paths = [path for kind, path in named if kind == "write"]
    if last in WRITES:
        return [("write", path) for path in paths] or [("write", "")]
    if last in READS | SEARCHES:
        kind = "read" if last in READS else "search"
        return [(kind, path) for path in paths or ["."]]
    return [("other", tool), *named]


def _named(tool: str, given: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON
    """What a server's tool is told of files and lines; gonogo's own server looks at that itself."""
    return [] if is_ours(tool) else list(_fields(_object(given)))


def _object(given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A call's own fields, which some hosts write as JSON in a string."""
    if isinstance(given, str):
        given = parsed(given) if given.strip() else {}
    if not isinstance(given, dict):
        raise TypeError("HOOK_EVENT_MALFORMED")
    return given


def _fields(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Every file, line and folder that the fields of a call name, whatever the tool is called."""
    if depth > DEEPEST:
        raise ValueError("HOOK_EVENT_MALFORMED")
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _fields(item, name.replace("_", "").replace("-", "").lower(), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _fields(item, key, depth + 1)
    elif isinstance(value, str) and value:
        if key in PATHS:
            yield "write", value.removeprefix("file://") if key == "uri" else value
        elif key in LINES:
            yield "shell", value
        elif key in FOLDERS:
            yield "folder", value


def _text(mapping: Event, key: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str):
        raise TypeError("HOOK_EVENT_MALFORMED")
    return value


PROTECTED = (
    *(".git", ".gonogo", "data/evidence_packs", ".cursor/hooks.json", ".cursor/mcp.json", ".claude/settings.json"),
    *(".claude/settings.local.json", ".mcp.json", ".vscode/mcp.json", ".github/hooks", ".vscode/settings.json"),
)
"""Places in a repository that no chat writes: what lies below them too."""
TRUSTED = ("/gonogo/trust", "/.ssh", "/.config/gonogo", "/.local/state/gonogo", "/witness.key")
"""Parts of paths that no chat touches, beside the places that the environment names."""
STATE = ("gonogo.db", "checkpoints.db", "state.key", "engine.key")
"""Files of the state folder, wherever it lies."""
FILES = ("read", "search", "write", "folder")
"""Kinds of what is asked that are about a path."""
EXPORTED = ("agents", "skills", "rules", "commands", "instructions")


def exported(plain: str) -> bool:
    """Whether it is a role, a skill or a rule of gonogo's."""
    parts = plain.split("/")
    return parts[1] in EXPORTED and any(part.startswith("gonogo") for part in parts[2:])


def trusted(path: str, root: str) -> bool:
    """Whether the path leads to keys, trust files or gonogo's state: as it is written, and with links followed."""
    full = os.path.normpath(os.path.join(root, path.replace("\\", "/")))
    home, env = os.path.expanduser("~"), os.environ.get
    places = [
        env("GONOGO_HOME") or (env("XDG_STATE_HOME") or os.path.join(home, ".local", "state")) + "/gonogo",
        (env("XDG_CONFIG_HOME") or os.path.join(home, ".config")) + "/gonogo",
        os.path.join(home, ".ssh"),
    ]
    walls = [folded(wall) + "/" for place in places for wall in {place, os.path.realpath(place)}]
    for where in {full, os.path.realpath(full)}:
        walled = folded(where) + "/"
        parts = walled.split("/")
        state = "gonogo" in parts and parts[-2] in STATE
        if state or walled.startswith(tuple(walls)) or any(part + "/" in walled for part in TRUSTED):
            return True
    return False


def placed(path: str, root: str) -> tuple[str, bool]:
    """The path relative to the root in one plain spelling, links followed; and whether it lies inside."""
    if "\0" in path:
        raise ValueError("HOOK_EVENT_MALFORMED")
    if path.startswith("~"):
        path = os.path.expanduser(path)
    full = os.path.normpath(os.path.join(root, path.replace("\\", "/")))
    real = os.path.realpath(full)
    for where in (real, full):
        if where != root and not where.startswith(root.rstrip("/") + "/"):
            return folded(where), False
    return folded(os.path.relpath(real, root)), True


def folded(path: str) -> str:
    """A path without the case and the forms that some file systems do not tell apart."""
    if path.isascii():
        return path.lower()
    import unicodedata

    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def first_glob(path: str, globs: Sequence[str]) -> str | None:
    """The first glob that means the path, in its plainest spelling."""
    segments = path.split("/")
    return next((glob for glob in globs if _wild(folded(glob).split("/"), segments, "**", _fits)), None)


def _fits(pattern: str, segment: str) -> bool:
    return _wild(pattern, segment, "*", lambda symbol, sign: symbol in {"?", sign})


def _wild(pattern: Sequence[str], text: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    here = there = 0
    last, resume = -1, 0
    while there < len(text):
        if here < len(pattern) and pattern[here] == star:
            last, resume = here, there
            here += 1
        elif here < len(pattern) and same(pattern[here], text[there]):
            here, there = here + 1, there + 1
        elif last >= 0:
            resume += 1
            here, there = last + 1, resume
        else:
            return False
    return all(item == star for item in pattern[here:])


def top(here: str) -> str:
    """The repository in which the host stands: a chat that stands in a folder of it is not out of its run."""
    path = here
    while not os.path.exists(os.path.join(path, ".git")):
        above = os.path.dirname(path)
        if above == path:
            return here
        path = above
    return path


def git_folder(root: str) -> str:
    """Where the engine and the hook leave each other notes: inside git's own folder, which no commit brings."""
    path = os.path.join(root, ".git")
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as pointer:
            path = os.path.join(root, pointer.read(4096).removeprefix("gitdir:").strip())
    return os.path.join(path, "gonogo")


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

MYPY = False
if MYPY:
    from collections.abc import Mapping, Sequence
    from typing import Any, TextIO, TypeAlias

    Event: TypeAlias = Mapping[str, Any]

POLICY: Event | None = {"roles": {"CI_GUARDIAN": {"git_queries": ["change"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": ["**"], "paths_write": ["data/**"], "state_write": ["gate_plan", "validation"], "steps": ["C", "E"], "tool_steps": {"gate.run": ["E"]}, "tools": ["gate.run", "git.query", "repo.read", "repo.list", "evidence.append"]}, "EVIDENCE_SCRIBE": {"git_queries": [], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": [], "paths_write": ["core/**", "data/**", "environment.json", "SUMMARY.md", "manifest-sha256.txt", "seal.json", "index/**"], "state_write": ["pack"], "steps": ["F"], "tool_steps": {}, "tools": ["evidence.append", "evidence.seal", "evidence.rebuild", "evidence.verify"]}, "FACTS_COLLECTOR": {"git_queries": ["change"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": ["**"], "paths_write": [], "state_write": ["inventory"], "steps": ["B"], "tool_steps": {}, "tools": ["repo.read", "repo.list", "git.query"]}, "ORCHESTRATOR": {"git_queries": ["desk", "change", "log"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": [], "paths_write": ["data/**", "review/**"], "state_write": ["preflight_snapshot", "execution", "recommendation"], "steps": ["A", "D", "G"], "tool_steps": {}, "tools": ["git.query", "tools.versions", "gate.guard", "evidence.append", "model.invoke"]}, "RISK_OFFICER": {"git_queries": ["change", "log"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": [], "paths_write": ["review/**"], "state_write": ["risk_review"], "steps": ["G"], "tool_steps": {}, "tools": ["git.query", "run.refusals"]}, "SCOPE_KEEPER": {"git_queries": ["change"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": ["**"], "paths_write": [], "state_write": ["scope_plan"], "steps": ["C"], "tool_steps": {}, "tools": ["git.query", "repo.list"]}}, "schema": "gonogo/decisions/v1"}  # replaced by the compiled policy when it is exported
MARK = "POLICY: Event | None = "

LIMIT = 4 * 1024 * 1024
LOG_LIMIT = 8 * 1024 * 1024
HOSTS = ("cursor", "claude", "vscode")
META = frozenset(";&|<>`$(){}\n\r\\*?[]!#~'\"")
WRITING = ("--write", "--merge-log", "--export-verifier", "--out", "--renew")
"""Options with which a look writes."""


class Answer:
    """Whether, by which rule, and what to say. No dataclass: its import costs more than the whole decision."""

    def __init__(self, rule: str, why: str = "") -> None:
        self.rule, self.why, self.allowed = rule, why, not why


def main(argv: Sequence[str], stdin: TextIO, stdout: TextIO, own: str = "") -> int:
    """Decide one event and print the host's answer. Whatever goes wrong is a denial with a code. Always exit 0.

    Args:
        argv: the program and the host's name.
        stdin: the event.
        stdout: for the answer.
        own: the repository that the hook lies in, where it is an exported one: no event leads it to another.
    """
    host = argv[1] if len(argv) > 1 and argv[1] in HOSTS else "cursor"
    name = ""
    try:
        event = _read(stdin)
        name = str(event.get("hook_event_name") or event.get("hookEventName") or "preToolUse")
        answer = decide(host, name, event, own=own)
    except Exception as error:  # a traceback would reach the model, and an empty answer lets the call through
        code = str(error) if str(error).startswith("HOOK_") else "HOOK_EVENT_MALFORMED"
        answer = Answer(code, "The event could not be read; gonogo refuses what it does not understand.")
    try:
        stdout.write(dumped(said(host, name, answer)) + "\n")
        stdout.flush()
    except OSError:
        return 2  # nobody listens: the hosts take 2 as a refusal
    return 0


def _read(stdin: TextIO) -> dict[str, Any]:
    data = stdin.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError("HOOK_EVENT_TOO_LARGE")
    event = parsed(data)
    if not isinstance(event, dict):
        raise TypeError("HOOK_EVENT_MALFORMED")
    return event


def decide(host: str, name: str, event: Event, policy: Event | None = None, own: str = "") -> Answer:
    """The decision over one event: every part of the call must be allowed, and the first refusal is the answer."""
    policy = policy or POLICY or _policy_beside(event)
    here = os.path.realpath(_root(event))
    root = top(own or here)
    asked = what_is_asked(name, event)
    run = _active(root)
    if run is None and asked[0][0] == "note":
        return Answer("note")
    role, binding = _bound(event, run, policy)
    answer = None
    for kind, subject in asked:
        where = os.path.join(here, os.path.expanduser(subject)) if subject and kind in FILES else subject
        answer = _always(kind, where, root)
        if answer is None and run is not None:
            answer = _in_run(kind, where, root, run, role, policy)
        if answer is not None and not answer.allowed:
            break
    answer = answer or Answer("no-run")
    if run is not None:
        kind, subject = asked[0]
        _log(
            root,
            {
                "run": run.get("run"),
                "duty": run.get("number"),
                "host": host,
                "event": name,
                "kind": kind,
                "subject": subject[:300],
                "role": role,
                "binding": binding,
                "allowed": answer.allowed,
                "rule": answer.rule,
            },
        )
    return answer


def said(host: str, name: str, answer: Answer) -> Mapping[str, Any]:
    """The answer in the host's own form."""
    words = "" if answer.allowed else f"gonogo {answer.rule}: {answer.why}"
    if host == "claude":
        if name.lower() in (*NOTES, "subagentstart"):
            return {}  # events that Claude Code lets nobody block
        out = {"hookEventName": name or "PreToolUse", "permissionDecision": "allow" if answer.allowed else "deny"}
        if answer.allowed:
            return {} if answer.rule in ("no-run", "note") else {"hookSpecificOutput": out}
        return {"hookSpecificOutput": dict(out, permissionDecisionReason=words)}
    if host == "vscode":
        if answer.allowed and answer.rule in ("no-run", "note"):
            return {}
        verdict = {"permissionDecision": "allow" if answer.allowed else "deny", "permissionDecisionReason": words}
        return dict(verdict, hookSpecificOutput=dict(verdict, hookEventName="PreToolUse"))
    if name == "sessionStart":
        return {"env": {}, "additional_context": ""}
    out = {"permission": "allow" if answer.allowed else "deny"}
    return out if answer.allowed else dict(out, user_message=words, agent_message=words)


def _always(kind: str, subject: str, root: str) -> Answer | None:
    """What is refused in every role, with a run and without one. None: nothing here."""
    if kind == "shell":
        found = line_refused(subject)
        return Answer(*found) if found else None
    if kind == "mcp" and bare(subject).endswith(("_approve", "_sign", "sign_off")):
        return Answer("approve-tool", "No tool approves; the operator signs in their own terminal.")
    if kind not in FILES:
        return None
    plain, inside = placed(subject, root)
    if kind == "write" and (not subject or plain == "."):
        return Answer("path", "A write needs the path that it writes.")
    if trusted(subject, root):
        return Answer("trust-files", "Keys, trust files and gonogo's own state are not a chat's.")
    if kind in ("read", "search"):
        return None
    walled = f"/{plain}/"
    if any(walled.startswith(f"/{place}/") if inside else f"/{place}/" in walled for place in PROTECTED):
        return Answer("protected", f"{subject[:200]} is not changed from a chat.")
    if kind == "write" and plain.startswith((".cursor/", ".claude/", ".github/")) and exported(plain):
        return Answer("protected", "Exported roles are changed at their source, by gonogo export.")
    return None


def _in_run(kind: str, subject: str, root: str, run: Event, role: str, policy: Event) -> Answer:
    """What the role that is due may do while the run waits for it."""
    due = run.get("role")
    scope = policy.get("roles", {}).get(role)
    if scope is None:
        return Answer("role", f"A run waits for {due}; this agent is bound to no role of it.")
    if role != due:
        words = f"{due} is due (duty {run.get('number')}, step {run.get('step')}), not {role}."
        return Answer("turn", words)
    if kind in ("read", "search"):
        return _reading(subject, root, role, scope, inside_of_files=kind == "search")
    if kind == "shell":
        return _look(subject, root)
    if kind == "folder":
        return Answer("folder")
    if kind == "subagent" and _role_of(subject) == role:
        return Answer("subagent")
    if kind == "mcp" and is_ours(subject):
        return Answer("mcp:gonogo")
    why = {
        "mcp": f"While a run waits for {role}, only gonogo's own tools are asked.",
        "write": f"{role} writes nothing in the work tree; hand in with gonogo_hand_in.",
        "subagent": f"{role} is due; start its own agent, or none.",
    }
    return Answer("note") if kind == "note" else Answer(kind, why.get(kind, f"No rule of {role} allows this tool."))


def _reading(path: str, root: str, role: str, scope: Event, *, inside_of_files: bool) -> Answer:
    plain, inside = placed(path, root)
    allowed = scope.get("paths_read", ())
    if not inside:
        return Answer("paths_read", f"{role} reads only inside the repository.")
    if first_glob(plain, scope.get("paths_forbidden", ())):
        return Answer("paths_forbidden", "This path is closed to every role.")
    if inside_of_files and os.path.isdir(os.path.join(root, path)):
        words = "A search over a folder would show files that are closed to every role; name one file."
        return Answer("paths_forbidden", words)
    glob = "**" if plain == "." and "**" in allowed else first_glob(plain, allowed)
    if glob is None:
        return Answer("paths_read", f"{role} may not read this; ask gonogo_read for what the duty shows.")
    return Answer("paths_read:" + glob)


def _look(command: str, root: str) -> Answer:
    """Only gonogo's own looks and nothing else: one program, plain words, and no file of the commit by its name."""
    words = command.split()
    if META & set(command) or not words:
        return Answer("shell", f"Only gonogo's looks ({', '.join(LOOKS)}) may be run, one at a time, in plain words.")
    if any(word.startswith(WRITING) for word in words):
        return Answer("shell", "A look writes nothing.")
    if _is_gonogo(words[0], root) and len(words) > 1 and words[1] in LOOKS:
        return Answer("shell:" + words[1])
    return Answer("shell", "Programs are run by gonogo's gates (gonogo_run_gate), not from the chat's shell.")


def _is_gonogo(program: str, root: str) -> bool:
    """Whether it is gonogo: by name, or by a path that no commit brings."""
    if program.rpartition("/")[2] != "gonogo":
        return False
    return "/" not in program or program == ".venv/bin/gonogo" or not placed(program, root)[1]


def _root(event: Event) -> str:
    roots = event.get("workspace_roots")
    if isinstance(roots, list) and roots and isinstance(roots[0], str):
        return roots[0]
    return os.environ.get("CLAUDE_PROJECT_DIR") or event.get("cwd") or os.getcwd()


def _active(root: str) -> dict[str, Any] | None:
    """The duty that waits for a chat, as the engine wrote it down; a file that cannot be read is an error: refuse."""
    path = os.path.join(git_folder(root), "active.json")
    try:
        with open(path, encoding="utf-8") as file:
            run = parsed(file.read(64 * 1024))
    except FileNotFoundError:
        return None
    if not isinstance(run, dict) or not isinstance(run.get("role"), str):
        raise TypeError("HOOK_ACTIVE_MALFORMED")
    return run


def _bound(event: Event, run: Event | None, policy: Event) -> tuple[str, str]:
    """Who asks, and how that is known: ``process`` (GONOGO_ROLE), ``subagent`` (the host names it), or ``step``."""
    named = os.environ.get("GONOGO_ROLE", "")
    if named in policy.get("roles", {}):
        return named, "process"
    agent = _role_of(str(event.get("agent_type") or event.get("subagent_type") or ""))
    if agent in policy.get("roles", {}):
        return agent, "subagent"
    return (str(run.get("role")), "step") if run else ("", "none")


def _role_of(agent: str) -> str:
    return agent.removeprefix("gonogo-").upper().replace("-", "_") if agent.startswith("gonogo-") else ""


def _policy_beside(event: Event) -> Event:
    """The policy of the exported hook, for ``gonogo hook``: the same file, read instead of run."""
    path = os.path.join(top(os.path.realpath(_root(event))), ".gonogo", "hook.py")
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith(MARK + "{"):
                import ast

                policy: Event = ast.literal_eval(line.removeprefix(MARK))
                return policy
    raise ValueError("HOOK_NOT_EXPORTED")


def _log(root: str, entry: Event) -> None:
    """One line behind the run's others. A full disk or a missing folder never decides anything."""
    try:
        path = os.path.join(git_folder(root), "hook.jsonl")
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(file).st_size < LOG_LIMIT:
                os.write(file, dumped(entry).encode() + b"\n")
        finally:
            os.close(file)
    except OSError:
        pass


if __name__ == "__main__":
    FOLDER = os.path.dirname(os.path.abspath(__file__))
    OWN = os.path.realpath(os.path.dirname(FOLDER)) if os.path.basename(FOLDER) == ".gonogo" else ""
    with open(0, encoding="utf-8", closefd=False) as events:  # the events' own encoding, whatever the locale says
        sys.exit(main(sys.argv, events, sys.stdout, OWN))
'''
MOST = 1 << 20


def kept_at(root: str) -> str:
    """Where the compiled rules lie; nothing is kept where ``.git`` is no folder."""
    return os.path.join(root, ".git", "gonogo", f"hook-{sys.implementation.cache_tag}.bin")


def compiled(text: str, root: str) -> CodeType:
    """The rules, ready to run."""
    path = kept_at(root)
    try:
        code = kept(path, text)
    except Exception:  # it may hold anything
        code = None
    if code is None:
        code = compile(text, "gonogo-hook", "exec", dont_inherit=True)
        keep(path, text, code)
    return code


def kept(path: str, text: str) -> CodeType | None:
    """What was compiled of this text; None for everything else. Raises what reading a file of nonsense raises."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(file)
        if found.st_uid != os.getuid() or found.st_mode & 0o077 or found.st_size > MOST:
            return None
        python, made_of, code = marshal.loads(os.read(file, MOST))  # noqa: S302 - our own file, of our own text
    finally:
        os.close(file)
    fits = python == sys.version and made_of == text and type(code) is type(kept.__code__)
    return code if fits else None


def keep(path: str, text: str, code: CodeType) -> None:
    """Leave it for the next call, whole or not at all; a folder that cannot be written costs time and nothing else."""
    part = f"{path}.{os.getpid()}"
    try:
        if not os.path.isdir(os.path.dirname(path)):
            os.mkdir(os.path.dirname(path), 0o700)
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, marshal.dumps((sys.version, text, code)))
        finally:
            os.close(file)
        os.replace(part, path)
    except OSError:
        pass


def forged(root: str, text: str) -> bool:
    """Whether what lies there claims to be of this text and is not: for a look at it, which has the time."""
    try:
        code = kept(kept_at(root), text)
    except Exception:
        return False
    return code is not None and code != compile(text, "gonogo-hook", "exec", dont_inherit=True)


if __name__ == "__main__":
    FOLDER = os.path.dirname(os.path.abspath(__file__))
    exec(compiled(RULES, os.path.dirname(FOLDER)), {"__name__": "__main__", "__file__": __file__})  # noqa: S102
