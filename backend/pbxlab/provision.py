"""Gets a real Asterisk: the one on PATH, or a private Debian root with one, built once and cached.

Owns the cache folder and what is in it. Must not know how an Asterisk is configured or what it is used for.
"""

import fcntl
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pbxlab import apt
from pbxlab.errors import PbxUnavailable

SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-core-sounds-en", "asterisk-core-sounds-en-wav")
# Raise when the recipe changes, so that a root made by an older recipe is not taken for a new one.
RECIPE = 1
# First minor version of each branch whose externalMedia takes `transport_data`; later branches all do.
OLDEST_MINOR = {20: 18, 22: 8, 23: 2}
BUILD_TIMEOUT_S = 900
COMMAND_TIMEOUT_S = 20
LOCK_POLL_S = 0.2
MODULE_DIRS = ("usr/lib/*/asterisk/modules", "usr/lib64/asterisk/modules", "usr/lib/asterisk/modules")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class AsteriskRoot:
    """An installed Asterisk. `path` is the private root folder, or `/` for the one of this machine."""

    path: Path
    version: str

    @property
    def is_private(self) -> bool:
        return self.path != Path("/")

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs `asterisk` of this root."""
        return [*(["chroot", str(self.path)] if self.is_private else []), "asterisk", *arguments]

    def outside(self, inside: PurePosixPath) -> Path:
        """Where a path as Asterisk sees it lies for us."""
        return self.path / inside.relative_to("/")

    def module_dir(self) -> PurePosixPath | None:
        """Asterisk's module folder as Asterisk sees it, if it holds chan_websocket."""
        for pattern in (*MODULE_DIRS, "usr/local/lib/asterisk/modules"):
            for found in self.path.glob(pattern):
                if (found / "chan_websocket.so").exists():
                    return PurePosixPath("/") / found.relative_to(self.path)
        return None


def provision(progress: Progress = lambda line: None) -> AsteriskRoot:
    """An Asterisk that is new enough, building a private root (a minute, 500 MB) when there is none yet.

    Args:
        progress: gets a line of text at each step that takes time.

    Raises:
        PbxUnavailable: none can be had; `reason` says what is missing.
    """
    return asterisk_on_path() or cached_root() or _build(progress)


def asterisk_on_path() -> AsteriskRoot | None:
    """The machine's own Asterisk, if it is new enough and has chan_websocket."""
    if shutil.which("asterisk") is None:
        return None
    root = _inspect(Path("/"))
    return root if root and is_recent_enough(root.version) and root.module_dir() else None


def cached_root() -> AsteriskRoot | None:
    """The private root of an earlier run, if there is one and this user may enter it."""
    path = cache_dir() / f"asterisk-{SUITE}-{RECIPE}"
    return _inspect(path) if os.geteuid() == 0 and path.is_dir() else None


def cache_dir() -> Path:
    """The folder private roots are kept in."""
    if chosen := os.environ.get("PBXLAB_CACHE"):
        return Path(chosen).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "asisso"


def is_recent_enough(version: str) -> bool:
    """Whether an `asterisk -V` text (`22.10.1~dfsg`, `certified/22.8-cert1`, ...) names a usable version."""
    found = re.search(r"(\d+)\.(\d+)", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return minor >= OLDEST_MINOR[major] if major in OLDEST_MINOR else major > max(OLDEST_MINOR)


def _inspect(path: Path) -> AsteriskRoot | None:
    try:
        told = subprocess.run(
            AsteriskRoot(path, "").command("-V"), capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return AsteriskRoot(path, told.stdout.removeprefix("Asterisk ").strip()) if told.returncode == 0 else None


def _build(progress: Progress) -> AsteriskRoot:
    if os.geteuid() != 0:
        raise PbxUnavailable("No Asterisk >= 22.8 on PATH, and making a private one needs root.")
    mirrors = apt.debian_mirrors(
        apt.read_sources(), platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    )
    if not mirrors:
        raise PbxUnavailable("No Asterisk >= 22.8 on PATH, and apt names no Debian mirror to get one from.")
    target = cache_dir() / f"asterisk-{SUITE}-{RECIPE}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.with_name(f"{target.name}.lock"), progress):
        if ready := cached_root():
            return ready
        if shutil.which("debootstrap") is None:
            progress("installing debootstrap")
            apt.install("debootstrap")
        unfinished = target.with_name(f"{target.name}.unfinished")
        _remove(unfinished)
        try:
            _debootstrap(unfinished, mirrors, progress)
            _trim(unfinished)
            root = _inspect(unfinished)
            if root is None or not is_recent_enough(root.version):
                raise PbxUnavailable(f"The Asterisk of Debian {SUITE} does not run here.")
            _unmount_below(unfinished)
            _remove(target)
            unfinished.rename(target)
        finally:
            _remove(unfinished)
    return AsteriskRoot(target, root.version)


def _debootstrap(path: Path, mirrors: list[str], progress: Progress) -> None:
    """Fill `path`, with the archive's signature checked; unchecked only where this machine lacks the keys."""
    problem = ""
    for mirror in mirrors:
        progress(f"building a private Asterisk of Debian {SUITE} in {path.parent} (about a minute)")
        problem = _try_debootstrap(path, mirror, "--force-check-gpg")
        if problem and re.search(r"signature|keyring|gpgv|sqv|unknown key", problem, re.IGNORECASE):
            progress(
                f"its signature cannot be checked with this machine's keys ({problem}); going on without"
            )
            problem = _try_debootstrap(path, mirror, "--no-check-gpg")
        if not problem:
            return
    raise PbxUnavailable(f"debootstrap of Debian {SUITE} failed: {problem}", retryable=True)


def _try_debootstrap(path: Path, mirror: str, signature_option: str) -> str:
    """Empty when all went well, else the end of what debootstrap printed."""
    _remove(path)
    # Older releases' debootstrap has no script named after the suite; all Debian scripts lead to sid's.
    command = ["debootstrap", "--variant=minbase", signature_option, f"--include={','.join(PACKAGES)}"]
    command += [SUITE, str(path), mirror, "/usr/share/debootstrap/scripts/sid"]
    environment = {**os.environ, **_apt_proxies(), "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BUILD_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return f"not finished after {BUILD_TIMEOUT_S} s"
    return "" if done.returncode == 0 else apt.last_lines(done.stdout)


def _apt_proxies() -> dict[str, str]:
    """The proxy apt uses, for debootstrap's own downloads, which only look at the environment."""
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S)
    found = re.findall(r'^Acquire::(https?)::Proxy "([^"]+)";', told.stdout, re.MULTILINE)
    return {f"{scheme}_proxy": url for scheme, url in found if url != "DIRECT"}


def _trim(path: Path) -> None:
    """Drop the downloads, and let the names Asterisk looks up resolve without a network."""
    for downloads in ("var/cache/apt/archives", "var/lib/apt/lists"):
        _remove(path / downloads)
    (path / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")


def _unmount_below(path: Path) -> None:
    """A build that was cut off leaves /proc or /sys mounted inside."""
    for line in reversed(Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()):
        mount_point = line.split()[1].encode().decode("unicode_escape")
        if mount_point.startswith(f"{path}/"):
            subprocess.run(["umount", "--lazy", mount_point], check=False, timeout=COMMAND_TIMEOUT_S)


def _remove(path: Path) -> None:
    if not path.exists():
        return
    _unmount_below(path)
    if f" {path}/" in Path("/proc/self/mounts").read_text(encoding="utf-8"):
        raise PbxUnavailable(f"{path} has something mounted inside and is left alone: unmount it by hand.")
    shutil.rmtree(path)


@contextmanager
def locked(path: Path, progress: Progress) -> Iterator[None]:
    """Let one build run at a time on this machine; the others wait for it and find it done.

    Raises:
        PbxUnavailable: it does not end.
    """
    give_up_at = time.monotonic() + BUILD_TIMEOUT_S
    with path.open("w") as lock:
        is_told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up_at:
                    raise PbxUnavailable(
                        f"Another build of {path.stem} does not end.", retryable=True
                    ) from None
                if not is_told:
                    progress(f"waiting for another build of {path.stem}")
                    is_told = True
                time.sleep(LOCK_POLL_S)
        yield
