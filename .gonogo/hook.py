# Exported by gonogo from sha256:5d07631cd2c087df59d20d1aa7141106d6a1fac624ea2229f458e01b558bf32a; change nothing here, run the export again.
# fmt: off
"""The hook of a chat host: decides one tool call, says why, and never crashes. Standard library alone, one file.

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

import json
import os
import sys

MYPY = False
if MYPY:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TextIO, TypeAlias

    Event: TypeAlias = Mapping[str, Any]

POLICY: Event | None = {"roles": {"CI_GUARDIAN": {"git_queries": ["change"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": ["**"], "paths_write": ["data/**"], "state_write": ["gate_plan", "validation"], "steps": ["C", "E"], "tool_steps": {"gate.run": ["E"]}, "tools": ["gate.run", "git.query", "repo.read", "repo.list", "evidence.append"]}, "EVIDENCE_SCRIBE": {"git_queries": [], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": [], "paths_write": ["core/**", "data/**", "environment.json", "SUMMARY.md", "manifest-sha256.txt", "seal.json", "index/**"], "state_write": ["pack"], "steps": ["F"], "tool_steps": {}, "tools": ["evidence.append", "evidence.seal", "evidence.rebuild", "evidence.verify"]}, "FACTS_COLLECTOR": {"git_queries": ["change"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": ["**"], "paths_write": [], "state_write": ["inventory"], "steps": ["B"], "tool_steps": {}, "tools": ["repo.read", "repo.list", "git.query"]}, "ORCHESTRATOR": {"git_queries": ["desk", "change", "log"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": [], "paths_write": ["data/**", "review/**"], "state_write": ["preflight_snapshot", "execution", "recommendation"], "steps": ["A", "D", "G"], "tool_steps": {}, "tools": ["git.query", "tools.versions", "gate.guard", "evidence.append", "model.invoke"]}, "RISK_OFFICER": {"git_queries": ["change", "log"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": [], "paths_write": ["review/**"], "state_write": ["risk_review"], "steps": ["G"], "tool_steps": {}, "tools": ["git.query", "run.refusals"]}, "SCOPE_KEEPER": {"git_queries": ["change"], "paths_forbidden": ["**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa", "**/id_ed25519", "**/.netrc", "**/.pypirc", "**/.npmrc", "**/secrets/**"], "paths_read": ["**"], "paths_write": [], "state_write": ["scope_plan"], "steps": ["C"], "tool_steps": {}, "tools": ["git.query", "repo.list"]}}, "schema": "gonogo/decisions/v1"}  # replaced by the compiled policy when it is exported
MARK = "POLICY: Event | None = "

LIMIT = 4 * 1024 * 1024
LOG_LIMIT = 8 * 1024 * 1024
HOSTS = ("cursor", "claude", "vscode")
LOOKS = ("show", "inbox", "verify", "explain", "doctor", "layers", "models", "controls", "diff", "index", "--version")
"""gonogo's commands that only look: the shell may have them in any role."""
META = frozenset(";&|<>`$(){}\n\r\\*?[]!#~'\"")
PROTECTED = (
    *(".git", ".gonogo", "data/evidence_packs", ".cursor/hooks.json", ".cursor/mcp.json", ".claude/settings.json"),
    *(".claude/settings.local.json", ".mcp.json", ".vscode/mcp.json", ".github/hooks", ".vscode/settings.json"),
)
"""Places in the repository that no chat writes: what lies below them too."""
TRUSTED = (
    "/gonogo/trust",
    "/.ssh",
    "/gonogo/gonogo.db",
    "/gonogo/checkpoints.db",
    "/gonogo/state.key",
    "/gonogo/engine.key",
)
"""Parts of paths outside it that no chat touches."""
READS = frozenset(
    ("read", "grep", "glob", "ls", "view", "search", "beforereadfile", "semanticsearch", "codebase_search")
)
WRITES = frozenset(
    (
        *("write", "edit", "multiedit", "notebookedit", "delete", "create", "str_replace", "apply_patch", "strreplace"),
        *("str_replace_editor", "editnotebook", "create_file", "insert_edit_into_file", "replace_string_in_file"),
    )
)
SHELLS = frozenset(("shell", "bash", "powershell", "run_in_terminal", "terminal", "bashoutput"))
TASKS = frozenset(("task", "agent", "runsubagent"))


class Answer:
    """Whether, by which rule, and what to say. No dataclass: its import costs more than the whole decision."""

    def __init__(self, rule: str, why: str = "") -> None:
        self.rule, self.why, self.allowed = rule, why, not why


def main(argv: Sequence[str], stdin: TextIO, stdout: TextIO) -> int:
    """Decide one event and print the host's answer. Whatever goes wrong is a denial with a code. Always exit 0."""
    host = argv[1] if len(argv) > 1 and argv[1] in HOSTS else "cursor"
    name = ""
    try:
        event = _read(stdin)
        name = str(event.get("hook_event_name") or event.get("hookEventName") or "preToolUse")
        answer = decide(host, name, event)
    except Exception as error:  # a traceback would reach the model, and an empty answer lets the call through
        code = str(error) if str(error).startswith("HOOK_") else "HOOK_EVENT_MALFORMED"
        answer = Answer(code, "The event could not be read; gonogo refuses what it does not understand.")
    try:
        stdout.write(json.dumps(said(host, name, answer)) + "\n")
        stdout.flush()
    except OSError:
        return 2  # nobody listens: the hosts take 2 as a refusal
    return 0


def _read(stdin: TextIO) -> dict[str, Any]:
    data = stdin.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError("HOOK_EVENT_TOO_LARGE")
    event = json.loads(data)
    if not isinstance(event, dict):
        raise TypeError("HOOK_EVENT_MALFORMED")
    return event


def decide(host: str, name: str, event: Event, policy: Event | None = None) -> Answer:
    """The decision over one event."""
    policy = policy or POLICY or _policy_beside(event)
    here = os.path.realpath(_root(event))
    root = _top(here)
    kind, subject = _what(name, event)
    if subject and root != here and kind in ("read", "write"):  # the host's path starts where the host stands
        subject = os.path.join(here, os.path.expanduser(subject))
    run = _active(root)
    if run is None and kind == "note":
        return Answer("note")
    role, binding = _bound(event, run, policy)
    answer = _always(kind, subject, root)
    if answer is None and run is not None:
        answer = _in_run(kind, subject, root, run, role, policy)
    answer = answer or Answer("no-run")
    if run is not None:
        _log(
            root,
            {
                "run": run.get("run"),
                "duty": run.get("number"),
                "host": host,
                "event": name,
                "kind": kind,
                "subject": str(subject)[:300],
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
        if name not in ("PreToolUse", "preToolUse"):
            return {}
        out = {"hookEventName": "PreToolUse", "permissionDecision": "allow" if answer.allowed else "deny"}
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


def _what(name: str, event: Event) -> tuple[str, str]:
    """What is asked: ``shell``, ``read``, ``write``, ``mcp``, ``subagent``, ``other`` or ``note``, and of what."""
    lower = name.lower()
    if lower in ("sessionstart", "sessionend", "afterfileedit", "subagentstop", "stop", "posttooluse"):
        return "note", event.get("file_path", "")
    if lower == "subagentstart":
        return "subagent", str(event.get("subagent_type") or event.get("agent_type") or "")
    if lower == "beforeshellexecution":
        return "shell", _text(event, "command")
    if lower == "beforemcpexecution":
        return "mcp", _text(event, "tool_name")
    if lower == "beforereadfile":
        return "read", _text(event, "file_path")
    return _tool(event)


def _tool(event: Event) -> tuple[str, str]:
    """The same of an event about one tool call."""
    tool = event.get("tool_name") or event.get("toolName")
    given = event.get("tool_input", event.get("toolArgs", {}))
    if isinstance(given, str):
        given = json.loads(given) if given.strip() else {}
    if not isinstance(tool, str) or not isinstance(given, dict):
        raise TypeError("HOOK_EVENT_MALFORMED")
    plain = tool.lower()
    if plain.startswith(("mcp:", "mcp__")) or "/" in plain:
        return "mcp", tool
    if plain in SHELLS:
        return "shell", _text(given, "command")
    if plain in TASKS:
        return "subagent", str(given.get("subagent_type") or given.get("agentName") or "")
    keys = ("file_path", "path", "notebook_path", "filePath", "target_file")
    path = next((str(given[key]) for key in keys if key in given), "")
    if plain in WRITES:
        return "write", path
    return ("read", path or ".") if plain in READS else ("other", tool)


def _text(mapping: Event, key: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str):
        raise TypeError("HOOK_EVENT_MALFORMED")
    return value


def _always(kind: str, subject: str, root: str) -> Answer | None:
    """What is refused in every role, with a run and without one. None: nothing here."""
    if kind == "shell":
        return _signing(subject)
    if kind == "mcp" and _bare(subject).endswith(("_approve", "_sign", "sign_off")):
        return Answer("approve-tool", "No tool approves; the operator signs in their own terminal.")
    if kind not in ("write", "read"):
        return None
    plain, inside = _placed(subject, root)
    if kind == "write" and (not subject or plain == "."):
        return Answer("path", "A write needs the path that it writes.")
    if not inside:
        walled = plain + "/"
        if any(part + "/" in walled or walled.rstrip("/").endswith(part) for part in TRUSTED):
            return Answer("trust-files", "Keys, trust files and gonogo's own state are not a chat's.")
        return None
    if kind == "write" and any(plain == place or plain.startswith(place + "/") for place in PROTECTED):
        return Answer("protected", f"{subject[:200]} is not changed from a chat.")
    if kind == "write" and plain.rpartition("/")[2].startswith("gonogo-") and "/agents/" in plain:
        return Answer("protected", "Exported roles are changed at their source, by gonogo export.")
    return None


def _signing(command: str) -> Answer | None:
    """Whether a command line signs, approves, or reaches for keys and trust: looked for in the words, quotes aside."""
    bare = command.replace("\\\n", " ").translate({ord(sign): None for sign in "'\"\\"}).casefold()
    words = [word.rpartition("/")[2] for word in bare.translate({ord(s): " " for s in ";&|()<>`{}=\t\n"}).split()]
    have = set(words)
    if "ssh-add" in have or "ssh-agent" in have:
        return Answer("key-agent", "The operator's keys are not a chat's.")
    if "ssh-keygen" in have and "sign" in have:
        return Answer("sign", "Only the operator signs, in their own terminal.")
    ours = any(word.startswith("gonogo") for word in words)
    if ours and have & {"sign", "close", "resume", "abandon", "init", "handoff", "export", "append"}:
        return Answer("sign", "gonogo sign, close, resume, abandon, init and export are the operator's.")
    if any(part.lstrip("/") in bare for part in TRUSTED if part != "/.ssh") or "/.ssh" in bare or "signoff@v1" in bare:
        return Answer("trust-files", "Keys, trust files and gonogo's own state are not a chat's.")
    if ".gonogo/" in bare or "hooks.json" in bare or ".git/hooks" in bare or "core.hookspath" in bare:
        return Answer("protected", "The hook and what configures it are not changed from a chat.")
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
    if kind == "read":
        return _reading(subject, root, role, scope)
    if kind == "shell":
        return _look(subject, root)
    if kind == "subagent" and _role_of(subject) == role:
        return Answer("subagent")
    if kind == "mcp" and _bare(subject).startswith("gonogo_"):
        return Answer("mcp:gonogo")
    why = {
        "mcp": f"While a run waits for {role}, only gonogo's own tools are asked.",
        "write": f"{role} writes nothing in the work tree; hand in with gonogo_hand_in.",
        "subagent": f"{role} is due; start its own agent, or none.",
    }
    return Answer("note") if kind == "note" else Answer(kind, why.get(kind, f"No rule of {role} allows this tool."))


def _reading(path: str, root: str, role: str, scope: Event) -> Answer:
    plain, inside = _placed(path, root)
    allowed = scope.get("paths_read", ())
    if not inside:
        return Answer("paths_read", f"{role} reads only inside the repository.")
    if _first(plain, scope.get("paths_forbidden", ())):
        return Answer("paths_forbidden", "This path is closed to every role.")
    glob = "**" if plain == "." and "**" in allowed else _first(plain, allowed)
    if glob is None:
        return Answer("paths_read", f"{role} may not read this; ask gonogo_read for what the duty shows.")
    return Answer("paths_read:" + glob)


def _bare(tool: str) -> str:
    """An MCP tool's name without its server, however the host writes that."""
    return tool.lower().split("__")[-1].split(":")[-1].split("/")[-1]


def _look(command: str, root: str) -> Answer:
    """Only gonogo's own looks and nothing else: one program, plain words, and no file of the commit by its name."""
    words = command.split()
    if META & set(command) or not words:
        return Answer("shell", f"Only gonogo's looks ({', '.join(LOOKS)}) may be run, one at a time, in plain words.")
    if _ours(words[0], root) and len(words) > 1 and words[1] in LOOKS:
        return Answer("shell:" + words[1])
    return Answer("shell", "Programs are run by gonogo's gates (gonogo_run_gate), not from the chat's shell.")


def _ours(program: str, root: str) -> bool:
    """Whether it is gonogo: by name, or by a path that no commit brings."""
    if program.rpartition("/")[2] != "gonogo":
        return False
    return "/" not in program or program == ".venv/bin/gonogo" or not _placed(program, root)[1]


def _placed(path: str, root: str) -> tuple[str, bool]:
    """The path relative to the root in one plain spelling, links followed; and whether it lies inside."""
    if "\0" in path:
        raise ValueError("HOOK_EVENT_MALFORMED")
    if path.startswith("~"):
        path = os.path.expanduser(path)
    full = os.path.normpath(os.path.join(root, path.replace("\\", "/")))
    real = os.path.realpath(full)
    for where in (real, full):
        if where != root and not where.startswith(root.rstrip("/") + "/"):
            return _folded(where), False
    return _folded(os.path.relpath(real, root)), True


def _folded(path: str) -> str:
    if path.isascii():
        return path.lower()
    import unicodedata

    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def _first(path: str, globs: Sequence[str]) -> str | None:
    """The first glob that means the path, in its plainest spelling."""
    segments = path.split("/")
    return next((glob for glob in globs if _wild(_folded(glob).split("/"), segments, "**", _fits)), None)


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


def _root(event: Event) -> str:
    roots = event.get("workspace_roots")
    if isinstance(roots, list) and roots and isinstance(roots[0], str):
        return roots[0]
    return os.environ.get("CLAUDE_PROJECT_DIR") or event.get("cwd") or os.getcwd()


def _top(here: str) -> str:
    """The repository in which the host stands: a chat that stands in a folder of it is not out of its run."""
    path = here
    while not os.path.exists(os.path.join(path, ".git")):
        above = os.path.dirname(path)
        if above == path:
            return here
        path = above
    return path


def _git_folder(root: str) -> str:
    path = os.path.join(root, ".git")
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as pointer:
            path = os.path.join(root, pointer.read(4096).removeprefix("gitdir:").strip())
    return os.path.join(path, "gonogo")


def _active(root: str) -> dict[str, Any] | None:
    """The duty that waits for a chat, as the engine wrote it down; a file that cannot be read is an error: refuse."""
    path = os.path.join(_git_folder(root), "active.json")
    try:
        with open(path, encoding="utf-8") as file:
            run = json.loads(file.read(64 * 1024))
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
    path = os.path.join(_top(os.path.realpath(_root(event))), ".gonogo", "hook.py")
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
        path = os.path.join(_git_folder(root), "hook.jsonl")
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(file).st_size < LOG_LIMIT:
                os.write(file, json.dumps(entry).encode() + b"\n")
        finally:
            os.close(file)
    except OSError:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv, sys.stdin, sys.stdout))
