"""The baseline of the media route: a bare `websockets` echo server, as a process of its own.

python -m bench.bare_echo PORT
"""

from __future__ import annotations

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, serve


async def echo(socket: ServerConnection) -> None:
    """Send every sound back as it comes."""
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send(message)


async def main(port: int) -> None:
    """Serve until the process is ended."""
    async with serve(echo, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
