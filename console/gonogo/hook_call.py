"""What a chat host's event asks for: the call itself, and every file, line and folder that its fields name.

Standard library alone; ``gonogo export`` writes this file into the hook.
"""

# pyright: basic

from __future__ import annotations

MYPY = False
if MYPY:
    from collections.abc import Iterator, Mapping
    from typing import Any, TypeAlias

    Event: TypeAlias = Mapping[str, Any]

# exported from here

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
