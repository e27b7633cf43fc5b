"""The images ours are built on: pulled, or made here under the same name where nothing can be pulled.

A Debian is made with debootstrap from the mirror this machine's apt uses and carries this machine's certificate
authorities, so that package registries can be reached from inside as they can from outside.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from pbxlab import apt

from .engine import CommandFailed, Engine, EngineUnavailable, run

DEBIAN_SUITES = ("trixie", "forky")
POSTGRES = "postgres:17"
POSTGRES_FOLDER = Path(__file__).parent / "postgres"

AUTHORITIES = Path("etc/ssl/certs/ca-certificates.crt")
"""Where Debian keeps them, in a machine and in an image."""

_TRUST_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
"""What Python, pip and Node read; the product's own files say nothing of it."""

Progress = Callable[[str], None]


def make_base_images(engine: Engine, progress: Progress) -> list[str]:
    """Have every base image there; returns the names of those that are stand-ins.

    Raises:
        EngineUnavailable: one can neither be pulled nor made.
    """
    made = []
    for suite in DEBIAN_SUITES:
        name = f"debian:{suite}-slim"
        if not _is_there(engine, name) and not _pulled(engine, name):
            progress(f"making a stand-in for {name} (half a minute)")
            _make_debian(engine, suite, name)
            made.append(name)
    if not _is_there(engine, POSTGRES) and not _pulled(engine, POSTGRES):
        progress(f"making a stand-in for {POSTGRES} (half a minute)")
        engine.docker("build", "--tag", POSTGRES, str(POSTGRES_FOLDER))
        made.append(POSTGRES)
    return made


def _is_there(engine: Engine, name: str) -> bool:
    return bool(engine.docker("images", "--quiet", name).strip())


def _pulled(engine: Engine, name: str) -> bool:
    try:
        engine.docker("pull", name)
    except CommandFailed:
        return False
    return True


def _make_debian(engine: Engine, suite: str, name: str) -> None:
    mirrors = apt.debian_mirrors(
        apt.read_sources(), platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    )
    if not mirrors:
        raise EngineUnavailable(f"{name} cannot be pulled, and apt names no Debian mirror to make it from.")
    if shutil.which("debootstrap") is None:
        apt.install("debootstrap")
    with tempfile.TemporaryDirectory(prefix="debian-", dir=Path.home() / ".cache") as folder:
        root = Path(folder) / "root"
        _debootstrap(root, suite, mirrors[0])
        _fit_in(root)
        _import(engine, root, name)


def _debootstrap(root: Path, suite: str, mirror: str) -> None:
    command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "--no-check-gpg"]
    # Older releases' debootstrap has no script named after the suite; all Debian scripts lead to sid's.
    command += [suite, str(root), mirror, "/usr/share/debootstrap/scripts/sid"]
    try:
        run(command, environment=os.environ)
    except CommandFailed as error:
        raise EngineUnavailable(f"A Debian {suite} cannot be made: {error}") from error


def _fit_in(root: Path) -> None:
    """What an image has from the outside: known authorities, and no date a suite in the making must be newer than."""
    for downloads in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(root / downloads)
        (root / downloads / "partial").mkdir(parents=True)
    shutil.copy(Path("/") / AUTHORITIES, root / AUTHORITIES)
    (root / "etc/apt/apt.conf.d/80stand-in").write_text('Acquire::Check-Valid-Until "false";\n')


def _import(engine: Engine, root: Path, name: str) -> None:
    changes = ["--change", 'CMD ["bash"]']
    for variable in _TRUST_VARIABLES:
        changes += ["--change", f"ENV {variable}=/{AUTHORITIES}"]
    packing = subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE)
    with packing:
        command = ["docker", "import", *changes, "-", name]
        subprocess.run(command, stdin=packing.stdout, env=engine.environment, check=True, capture_output=True)
