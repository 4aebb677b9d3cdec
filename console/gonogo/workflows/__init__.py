"""Workflows of GitHub with the file and job names of runbook section 6, written into a repository and kept in step."""

from gonogo.workflows.settings import Settings, read_settings
from gonogo.workflows.templates import documents
from gonogo.workflows.write import Place, look, remove, write

__all__ = ["Place", "Settings", "documents", "look", "read_settings", "remove", "write"]
