"""One private Asterisk process: its folder, its life, its command line.

Several live side by side, each with its own folders and ports. Holds nothing of an event loop, so that it may
be started in one and used from another. Must not know what the files it is given say.
"""

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType

from pbxlab import configuration
from pbxlab.errors import PbxFailed, PbxUnavailable
from pbxlab.home import make_home
from pbxlab.ports import Ports
from pbxlab.probe import AriProbe
from pbxlab.provision import AsteriskRoot

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
CLI_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.02
LOG_TAIL_LINES = 60
_numbers = itertools.count(1)


class Asterisk:
    """A private Asterisk.

    Use it as an async context manager, or `start` and `close` it. Processes of it never outlive this one.

    Attributes:
        name: its `systemname`, the prefix of its channel ids.
        ports: the ports it uses; the same after `restart`.
        app, ari_user, ari_password: as in its default files; a caller that replaces them tells its own.
        ari: a look from outside, by a user no replaced file takes away.
    """

    def __init__(
        self,
        root: AsteriskRoot,
        *,
        ports: Ports | None = None,
        files: Mapping[str, str] | None = None,
        app: str = "asisso",
        ari_user: str = "asisso",
        ari_password: str = "ari-password",  # noqa: S107 - of a PBX that lives for a test, on loopback
        ws_client: str = "asisso",
        media_url: str = "ws://127.0.0.1:8000/api/v1/telephony/ws/ari",
        bind: str = "127.0.0.1",
        softphone: configuration.Softphone | None = None,
    ) -> None:
        """Make the folder and the files; nothing runs yet.

        Args:
            ports: reserved before, when a replaced file must name them; else taken and given back here.
            files: whole configuration files by name, in place of the bench's or beside them. Of `ari.conf`
                and `extensions.conf` the bench keeps its own part in a further file.
            bind: the address of SIP; HTTP stays on loopback unless http.conf is replaced.

        Raises:
            PbxUnavailable: no free ports, or this root has no chan_websocket.
        """
        self.root = root
        self.name = f"lab{next(_numbers)}"
        self.app, self.ari_user, self.ari_password = app, ari_user, ari_password
        self._owns_ports = ports is None
        self.ports = ports or Ports.reserve()
        probe_password = secrets.token_hex(8)
        self.ari = AriProbe(f"http://127.0.0.1:{self.ports.http}", configuration.PROBE_USER, probe_password)
        self._values = configuration.Values(
            self.ports, app, ari_user, ari_password, probe_password, ws_client, media_url, bind, softphone
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._log_text = ""
        self._home, self._owner_lock = make_home(root)
        self._write_all(files)

    async def __aenter__(self) -> "Asterisk":
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # -- what it is ----------------------------------------------------------------------------------------

    @property
    def http_port(self) -> int:
        return self.ports.http

    @property
    def ari_url(self) -> str:
        """Base of ARI, as one types it into a product: without `/ari`."""
        return self.ari.base_url

    @property
    def sip_address(self) -> tuple[str, int]:
        return "127.0.0.1", self.ports.sip

    @property
    def pid(self) -> int | None:
        """Its process id, `None` while it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def is_running(self) -> bool:
        return self.pid is not None

    def cpu_seconds(self) -> float:
        """Processor time used so far, user and system.

        Raises:
            PbxFailed: it is not running.
        """
        if self.pid is None:
            raise PbxFailed(f"Asterisk {self.name} is not running.")
        # The command name, second field, may hold blanks and ends with the last parenthesis (proc(5)).
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def log_path(self) -> Path:
        return self._home / "log" / "full.log"

    def log_text(self) -> str:
        """All it logged, over restarts; still there after `close`."""
        if self.log_path.exists():
            self._log_text = self.log_path.read_text(encoding="utf-8", errors="replace")
        return self._log_text

    def command(self, *arguments: str) -> list[str]:
        """A command line that runs `asterisk` with this instance's configuration."""
        return self.root.command("-C", str(self._inside / "etc/asterisk.conf"), *arguments)

    # -- what to do with it --------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start it and wait until it is fully booted; one to two seconds.

        Raises:
            PbxFailed: it ended or did not get ready; the end of its log is in the reason.
        """
        if self.pid is not None:
            return
        self._process = process = self._spawn()
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not await self._is_ready():
            has_ended = process.poll() is not None
            if has_ended or time.monotonic() > give_up_at:
                await self.kill()
                state = "ended" if has_ended else "did not get ready"
                raise PbxFailed(f"Asterisk {self.name} {state}:\n{self._last_words()}")
            await asyncio.sleep(POLL_INTERVAL_S)

    async def stop(self) -> None:
        """End it in order, calls included; by force if it takes longer than `STOP_TIMEOUT_S`."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await _ended(self._process, STOP_TIMEOUT_S)
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL to all of it: what a crash or a power cut leaves behind."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            await _ended(self._process, STOP_TIMEOUT_S)

    async def restart(self) -> None:
        """Stop and start, with the same ports and files."""
        await self.stop()
        await self.start()

    async def close(self) -> None:
        """Stop it and remove its folder; safe to repeat."""
        await self.stop()
        self.log_text()
        shutil.rmtree(self._home, ignore_errors=True)
        self._owner_lock.close()
        if self._owns_ports:
            self.ports.release()

    async def cli(self, command: str) -> str:
        """What a command of Asterisk's own command line prints.

        Raises:
            PbxFailed: it is not running, or did not answer in time.
        """
        try:
            done = await asyncio.to_thread(
                subprocess.run,
                self.command("-rx", command),
                capture_output=True,
                text=True,
                timeout=CLI_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            raise PbxFailed(f"Asterisk {self.name} did not answer {command!r}.", retryable=True) from None
        if done.returncode != 0:
            raise PbxFailed(
                f"Asterisk {self.name}, asked {command!r}: {done.stdout.strip()} {done.stderr.strip()}"
            )
        return done.stdout

    def write(self, files: Mapping[str, str]) -> None:
        """Replace or add configuration files; they count after a `restart` or a `core reload`."""
        etc = self._home / "etc"
        for name, text in files.items():
            target = etc / "given" / name if name in configuration.LAYERED else etc / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        if "extensions.conf" in files:
            layers = configuration.bench_layers(self._values, files["extensions.conf"])
            (etc / "pbxlab/extensions.conf").write_text(layers["extensions.conf"], encoding="utf-8")

    def read(self, name: str) -> str:
        """A configuration file as a caller gave it, or the bench's own in its place."""
        etc = self._home / "etc"
        path = etc / "given" / name if name in configuration.LAYERED else etc / name
        return path.read_text(encoding="utf-8")

    def config_path(self, name: str) -> PurePosixPath:
        """Where a configuration file lies for Asterisk itself, to be named in another one."""
        return self._inside / "etc" / name

    # -- parts ---------------------------------------------------------------------------------------------

    @property
    def _inside(self) -> PurePosixPath:
        """Its folder as Asterisk sees it."""
        return PurePosixPath("/") / self._home.relative_to(self.root.path)

    def _write_all(self, files: Mapping[str, str] | None) -> None:
        modules = self.root.module_dir()
        if modules is None:
            raise PbxUnavailable("This Asterisk has no chan_websocket.")
        data = PurePosixPath("/usr/share/asterisk")
        if not (self.root.outside(data) / "documentation").is_dir():
            data = PurePosixPath("/var/lib/asterisk")
        loadable = {path.stem for path in self.root.outside(modules).glob("*.so")}
        folders = configuration.Folders(self._inside, modules, data)
        self.write(configuration.base_files(self.name, folders, loadable))
        defaults = configuration.default_files(self._values)
        self.write(configuration.merged(defaults, files))
        layers = configuration.bench_layers(self._values, "")
        for name in configuration.LAYERED:
            frame = f'#include "given/{name}"\n#include "pbxlab/{name}"\n'
            (self._home / "etc" / name).write_text(frame, encoding="utf-8")
        (self._home / "etc/pbxlab/ari.conf").write_text(layers["ari.conf"], encoding="utf-8")

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self._home / "log/output").open("ab") as output:
            # Its own group, so that it and what it starts can be killed at once. The kernel kills it when the
            # *thread* that starts it ends: start it from one that lives long enough.
            return subprocess.Popen(
                [*_dying_with_parent(), *self.command("-f")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def _is_ready(self) -> bool:
        if not (self._home / "run/asterisk.ctl").exists():
            return False
        try:
            return "fully booted" in (await self.cli("core waitfullybooted")).lower()
        except PbxFailed:
            return False

    def _last_words(self) -> str:
        output = (self._home / "log/output").read_text(encoding="utf-8", errors="replace")
        return "\n".join([*output.splitlines(), *self.log_text().splitlines()][-LOG_TAIL_LINES:])


async def _ended(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait for a process without an event loop's child watcher, which would tie it to that loop."""
    async with asyncio.timeout(timeout_s):
        while True:
            if process.poll() is not None:
                return
            await asyncio.sleep(POLL_INTERVAL_S)


def _dying_with_parent() -> list[str]:
    """A prefix that has the kernel kill the command when this process is gone (setpriv(1), prctl(2))."""
    return ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
