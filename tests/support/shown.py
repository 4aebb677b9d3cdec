"""What a server's resources answer to the official client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp import Client, MCPError

from gonogo.mcp.server import serve
from gonogo_agents.texts import translator
from support.chats import chat

if TYPE_CHECKING:
    from support.desk import Desk


def shown(desk: Desk, *uris: str, role: str = "") -> list[str]:
    """The text of each resource, from the server of one role or of none; the error's words where it is refused."""

    async def read(client: Client, uri: str) -> str:
        try:
            told = await client.read_resource(uri)
        except MCPError as error:
            return f"error: {error}"
        return "".join(getattr(part, "text", "") for part in told.contents)

    async def talk() -> list[str]:
        async with Client(serve(chat(desk, role), translator("en"), {}, "0")) as client:
            return [await read(client, f"gonogo://{uri}") for uri in uris]

    return asyncio.run(talk())
