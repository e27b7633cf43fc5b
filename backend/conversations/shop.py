"""The program behind the order line: answers what is asked about orders, over HTTP on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

ORDERS: Final = {
    "471102": {"status": "on the truck", "arrives": "tomorrow"},
    "555123": {"status": "ready to be picked up", "arrives": "today"},
    "908070": {"status": "waiting for payment", "arrives": "in a week"},
}
UNKNOWN: Final = {"status": "not known to us", "arrives": "never"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        _, _, kind, number = self.path.split("/", 3)
        status, answer = (200, ORDERS.get(number, UNKNOWN)) if kind == "orders" else (503, {})
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: standard error belongs to the runner."""


@contextmanager
def open_shop() -> Iterator[str]:
    """Serve; gives the address, below which `/erp/orders/NUMBER` answers and `/erp/down/NUMBER` fails."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, name="shop", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/erp"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
