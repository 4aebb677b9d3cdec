"""What every host's export is made from: prompts, scopes, table, hook and interpreter of this gonogo."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gonogo import hook, hook_call, hook_paths, hook_shell, hook_start
from gonogo_agents.broker import RoleScope, compile_decisions
from gonogo_agents.duty import ROLES
from gonogo_agents.hosts import HOSTS, Export
from gonogo_agents.hosts.interface import HOOK
from gonogo_agents.prompts import DutyLine, Prompt, compose, load_source
from gonogo_graph.start import config_at
from gonogo_graph.table import DUTIES
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from gonogo_agents.duty import Role
    from gonogo_agents.hosts import HostFile
    from gonogo_agents.prompts import Language
    from gonogo_graph.session import Session
    from gonogo_policies.config import Config

UNCOMPILED: Final = "POLICY: Event | None = None"
"""The line of the hook that gets the policy."""
UNFILLED: Final = 'RULES = ""  # replaced by the text of the rules when it is exported\n'
PARTS: Final = (hook_call, hook_paths, hook_shell)
"""Modules whose text, from :data:`BEGIN` on, stands in the exported file in place of their imports."""
IMPORTS: Final = ("# parts: ", "# end of parts\n")
"""What the imports of the parts stand between."""
BEGIN: Final = "# exported from here\n"


def export_for(session: Session, language: Language) -> Export:
    """The export of this repository as it is at HEAD. The same commit, trust and gonogo give the same export."""
    repository = session.repository
    config = config_at(repository, repository.resolve("HEAD"), session.places, packaged_config())
    source, duties = load_source(), duty_lines()
    decisions = json.dumps(policy(config), sort_keys=True, ensure_ascii=True)
    hooked = compiled(decisions)
    seen = hashlib.sha256(f"{source.digest}\0{language}\0{decisions}\0{duties!r}\0".encode() + hooked)
    python = _from(repository.root, Path(sys.executable))
    return Export(
        prompts={role: prompt_of(config, role, language) for role in ROLES},
        words=getattr(source.frame, language),
        digest=seen.hexdigest(),
        python=python,
        program=(python, "-m", "gonogo"),
        hook=hooked.replace(b"{digest}", seen.hexdigest().encode()),
    )


def prompt_of(config: Config, role: Role, language: Language) -> Prompt:
    """One role's prompt, its rights as this configuration gives them."""
    return compose(load_source(), role, config.roles[role], duty_lines()[role], language)


def duty_lines() -> Mapping[Role, Sequence[DutyLine]]:
    """Each role's rows of the table."""
    return {
        role: [DutyLine(duty.number, duty.step, duty.name, duty.writes) for duty in DUTIES if duty.role == role]
        for role in ROLES
    }


def policy(config: Config) -> Mapping[str, Any]:
    """The six scopes as the broker decides by them, for the hook (``gonogo/decisions/v1``)."""
    scopes = (
        RoleScope(
            role,
            paths_read=config.roles[role].paths_read,
            paths_write=config.roles[role].paths_write,
            tools=config.roles[role].tools,
            git_queries=config.roles[role].git_queries,
            state_read=config.roles[role].state_read,
            state_write=config.roles[role].state_write,
            tool_steps={str(verb): steps for verb, steps in config.roles[role].tool_steps.items()},
            steps=tuple(sorted({duty.step for duty in DUTIES if duty.role == role})),
            paths_forbidden=config.guardrails.secret_paths,
        )
        for role in ROLES
    )
    return compile_decisions(scopes)


def rules(decisions: str) -> str:
    """The hook's rules as one text, its policy inside."""
    text = Path(hook.__file__).read_text(encoding="utf-8")
    top, _, rest = text.partition(IMPORTS[0])
    parts = [_body(part) for part in PARTS]
    if text.count(UNCOMPILED) != 1 or text.count(IMPORTS[1]) != 1 or not rest or not all(parts):
        raise AssertionError("the hook has one place for its policy, and one for its parts")
    whole = top + "\n\n\n".join(parts) + "\n" + rest.partition(IMPORTS[1])[2]
    literal = json.dumps(json.loads(decisions), sort_keys=True)  # strings and lists alone: the same in Python
    return whole.replace(UNCOMPILED, f"{hook.MARK}{literal}".replace("'", "\\u0027"))


def compiled(decisions: str) -> bytes:
    """The exported hook: its first lines, the rules as a text in them, and the header by which it is known again."""
    start, text = Path(hook_start.__file__).read_text(encoding="utf-8"), rules(decisions)
    if start.count(UNFILLED) != 1 or "'''" in text:
        raise AssertionError("the start of the hook has one place for its rules")
    header = "# Exported by gonogo from sha256:{digest}; change nothing here, run the export again.\n# fmt: off\n"
    return (header + start.replace(UNFILLED, f"RULES = r'''{text}'''\n")).encode()


def rules_in(exported: bytes) -> str:
    """The rules that an exported hook runs."""
    return exported.decode().partition("RULES = r'''")[2].partition("'''")[0]


def _body(part: ModuleType) -> str:
    return Path(str(part.__file__)).read_text(encoding="utf-8").partition(BEGIN)[2].strip()


def unshared(root: Path, hosts: Sequence[str], files: Sequence[HostFile], export: Export) -> list[HostFile]:
    """The files that no other exported host still needs: the hook stays as long as another host's settings name it."""
    others = {file.path for name, host in HOSTS.items() if name not in hosts for file in host.files(export)}
    named = any(
        HOOK.encode() in (root / path).read_bytes()
        for path in others
        if path.endswith(".json") and (root / path).is_file()
    )
    return [file for file in files if not (named and file.path == HOOK)]


def _from(root: Path, program: Path) -> str:
    """Relative where it lies inside the repository, so that an export is the same on every machine; else absolute."""
    full = Path(os.path.abspath(program))  # noqa: PTH100 - resolve() would leave the virtual environment
    inside = full.is_relative_to(root)
    return full.relative_to(root).as_posix() if inside else full.as_posix()
