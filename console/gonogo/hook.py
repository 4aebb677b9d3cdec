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

import os
import sys

# parts: in their place stand their texts where the hook is exported
from gonogo.hook_call import NOTES, bare, dumped, is_ours, parsed, what_is_asked
from gonogo.hook_paths import FILES, PROTECTED, exported, first_glob, git_folder, placed, top, trusted
from gonogo.hook_shell import LOOKS, line_refused

# end of parts

MYPY = False
if MYPY:
    from collections.abc import Mapping, Sequence
    from typing import Any, TextIO, TypeAlias

    Event: TypeAlias = Mapping[str, Any]

POLICY: Event | None = None  # replaced by the compiled policy when it is exported
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
