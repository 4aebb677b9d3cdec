"""Exports for chat hosts: one file a host behind one port; ``console`` writes what they list."""

from gonogo_agents.hosts.agents_md import AgentsMd
from gonogo_agents.hosts.claude import Claude
from gonogo_agents.hosts.cursor import Cursor
from gonogo_agents.hosts.interface import Export, Host, HostFile, JsonMerge, Section, Whole
from gonogo_agents.hosts.paste import Paste
from gonogo_agents.hosts.vscode import VSCode

HOSTS: dict[str, Host] = {host.name: host for host in (Cursor(), AgentsMd(), Claude(), VSCode(), Paste())}
"""By the name that ``gonogo export`` takes."""

__all__ = ["HOSTS", "Export", "Host", "HostFile", "JsonMerge", "Section", "Whole"]
