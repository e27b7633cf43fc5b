"""`python -m pbxlab`: get an Asterisk (`provision`), or run one to play with (`run`)."""

import argparse
import asyncio
import secrets
import shlex
import signal
import sys

from pbxlab.asterisk import Asterisk
from pbxlab.configuration import CONTEXT, ENDPOINTS, Softphone
from pbxlab.errors import BenchError
from pbxlab.ports import Ports
from pbxlab.provision import AsteriskRoot, provision

LOG_INTERVAL_S = 0.2
SOFTPHONE_USER = "softphone"


def main() -> int:
    """Run the command line; the exit status."""
    arguments = _parser().parse_args()
    try:
        root = provision(lambda line: print(line, file=sys.stderr, flush=True))
        if arguments.command == "provision":
            print(f"Asterisk {root.version} in {root.path}")
            return 0
        return asyncio.run(_run(root, arguments))
    except BenchError as error:
        print(f"{error.code}: {error.reason}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pbxlab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("provision", help="get an Asterisk, building a private one if need be")
    run = commands.add_parser("run", help="run a private Asterisk in the foreground until Ctrl-C")
    run.add_argument("--app", default="asisso", help="Stasis application of the numbers 8000 to 8999")
    run.add_argument("--ari-user", help="ARI user (default: as --app)")
    run.add_argument("--ari-password", help="ARI password (default: a random one)")
    run.add_argument("--ws-client", help="name of the WebSocket client (default: as --app)")
    run.add_argument(
        "--media-url",
        default="ws://127.0.0.1:8000/api/v1/telephony/ws/ari",
        help="where Asterisk connects for media (default: %(default)s)",
    )
    run.add_argument("--http-port", type=int, help="port of ARI (default: a free one)")
    run.add_argument("--sip-port", type=int, help="port of SIP (default: a free one)")
    run.add_argument(
        "--softphone",
        action="store_true",
        help="let a real telephone register: SIP on all addresses, an account with a random password",
    )
    return parser


async def _run(root: AsteriskRoot, arguments: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    softphone = Softphone(SOFTPHONE_USER, secrets.token_urlsafe(9)) if arguments.softphone else None
    ports = Ports.reserve(http=arguments.http_port, sip=arguments.sip_port)
    try:
        pbx = Asterisk(
            root,
            ports=ports,
            app=arguments.app,
            ari_user=arguments.ari_user or arguments.app,
            ari_password=arguments.ari_password or secrets.token_urlsafe(9),
            ws_client=arguments.ws_client or arguments.app,
            media_url=arguments.media_url,
            bind="0.0.0.0" if softphone else "127.0.0.1",  # noqa: S104 - asked for by --softphone
            softphone=softphone,
        )
        async with pbx:
            print(_introduction(pbx, arguments, softphone), flush=True)
            await _follow_log(pbx, stopping)
            return 0 if pbx.is_running else 1
    finally:
        ports.release()


def _introduction(pbx: Asterisk, arguments: argparse.Namespace, softphone: Softphone | None) -> str:
    rows = [
        ("ARI endpoint URL", pbx.ari_url),
        ("ARI user", pbx.ari_user),
        ("ARI password", pbx.ari_password),
        ("Stasis application", pbx.app),
        ("WebSocket client", f"{arguments.ws_client or arguments.app} -> {arguments.media_url}"),
        ("SIP", f"udp:{pbx.sip_address[0]}:{pbx.ports.sip}, context {CONTEXT}"),
        ("Endpoints", f"PJSIP/{ENDPOINTS[0]} to {ENDPOINTS[-1]}, at udp:127.0.0.1:{pbx.ports.telephone}"),
        ("To call", "8000-8999 the application, 600 echo, 601 tone, 604 busy, 605 congestion, 606 a prompt"),
        ("Command line", shlex.join(pbx.command("-rvvv"))),
    ]
    if softphone is not None:
        rows += [
            ("Softphone account", f"{softphone.user}, password {softphone.password}"),
            ("Softphone server", f"this machine's address, UDP port {pbx.ports.sip}; codecs G.711, G.722"),
        ]
    width = max(len(label) for label, _ in rows)
    lines = [f"{label:<{width}}  {value}" for label, value in rows]
    return "\n".join([f"Asterisk {pbx.root.version} is ready. Ctrl-C ends it.", "", *lines, ""])


async def _follow_log(pbx: Asterisk, stopping: asyncio.Event) -> None:
    """Print what Asterisk logs, until told to stop or Asterisk ends."""
    with pbx.log_path.open(encoding="utf-8", errors="replace") as log:
        log.seek(0, 2)
        while not stopping.is_set() and pbx.is_running:
            print(log.read(), end="", flush=True)
            try:
                async with asyncio.timeout(LOG_INTERVAL_S):
                    await stopping.wait()
            except TimeoutError:
                continue


if __name__ == "__main__":
    sys.exit(main())
