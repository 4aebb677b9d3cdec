"""The MCP server: chat hosts play roles through it. No tool of it can approve."""

from gonogo.mcp.desk import ChatDesk
from gonogo.mcp.places import HOOK_LOG, mark_active

__all__ = ["HOOK_LOG", "ChatDesk", "mark_active"]
