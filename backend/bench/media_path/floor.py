"""The floor of the media path: a bare picows echo server, as a process of its own.

python -m bench.media_path.floor PORT
"""

from __future__ import annotations

import asyncio
import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server


class Echo(WSListener):
    """Sends every sound back as it comes."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.BINARY:
            transport.send(WSMsgType.BINARY, frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()


def _answer(request: WSUpgradeRequest) -> Echo:
    return Echo()


async def main(port: int) -> None:
    """Serve until the process is ended."""
    server = await ws_create_server(_answer, "127.0.0.1", port)
    print("ready", flush=True)
    await asyncio.gather(server.serve_forever())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
