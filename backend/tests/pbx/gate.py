"""A door in front of the product's media address: a proxy that passes, refuses, stalls, or speaks TLS."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Opens(Enum):
    """What becomes of a request."""

    ALWAYS = auto()
    NEVER = auto()
    """503, as a proxy answers whose server is away."""
    SILENTLY = auto()
    """It is taken and never answered."""
    NOT_FOR_ASTERISK = auto()
    """Asterisk's connections are dropped, ours are passed: what a firewall between the two looks like."""


class Gate:
    """Listens on a port that is known before the product is started behind it."""

    def __init__(self, port: int, target: Callable[[], int], tls: ssl.SSLContext | None = None) -> None:
        self.opens = Opens.ALWAYS
        self.port, self._target, self._tls = port, target, tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    async def __aenter__(self) -> Gate:
        await self.listen()
        return self

    async def listen(self) -> None:
        """Be there, from now on or again."""
        self._server = await asyncio.start_server(
            self._take, ["127.0.0.1", "127.0.0.2"], self.port, ssl=self._tls
        )

    def leave(self) -> None:
        """Listen no more; what is connected stays."""
        self._server.close()

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            is_asterisk = b"user-agent" not in head.lower()
            if self.opens is Opens.SILENTLY:
                await reader.read()
            elif self.opens is Opens.NEVER:
                writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            elif self.opens is Opens.ALWAYS or not is_asterisk:
                await self._pass_on(head, reader, writer)
        writer.close()

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target())
        inner_writer.write(head)
        ways = {
            asyncio.create_task(_copy(reader, inner_writer)),
            asyncio.create_task(_copy(inner_reader, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            inner_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()


def self_signed() -> tuple[str, str]:
    """A certificate for 127.0.0.1 that nobody knows the authority of, and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem).decode(), private.decode()


def server_context(folder: Path, certificate: str, key: str) -> ssl.SSLContext:
    """TLS with a certificate given as text."""
    (folder / "certificate.pem").write_text(certificate)
    (folder / "key.pem").write_text(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
