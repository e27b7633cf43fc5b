"""Reads which Debian mirror this machine itself uses, and installs packages from it.

Owns the two formats of apt's source lists (sources.list(5)). Must not know what the packages are for.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pbxlab.errors import PbxUnavailable

APT_TIMEOUT_S = 600
DPKG_LOCK_TIMEOUT_S = 300
_USABLE_SCHEMES = ("http://", "https://", "file:/")


@dataclass(frozen=True)
class Source:
    """One archive as apt is told of it; suites and components as they are written there."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]


def parse_one_line_style(text: str) -> Iterator[Source]:
    """Sources of a `.list` file: `deb [options] uri suite component...`, one a line."""
    for line in text.splitlines():
        words = re.sub(r"\[[^\]]*\]", " ", line.partition("#")[0]).split()
        if len(words) >= 3 and words[0] == "deb":
            yield Source(words[1].rstrip("/"), (words[2],), tuple(words[3:]))


def parse_deb822_style(text: str) -> Iterator[Source]:
    """Sources of a `.sources` file: stanzas of `Field: values`, long values going on in indented lines."""
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        for uri in fields.get("uris", "").split():
            suites, components = fields.get("suites", "").split(), fields.get("components", "").split()
            yield Source(uri.rstrip("/"), tuple(suites), tuple(components))


def read_sources(apt_dir: Path = Path("/etc/apt")) -> list[Source]:
    """All archives apt is told of, in apt's own order; a `mirror+file:` list is replaced by what it lists."""
    sources: list[Source] = []
    for path in [apt_dir / "sources.list", *sorted((apt_dir / "sources.list.d").glob("*"))]:
        if path.is_file() and path.suffix in (".list", ".sources"):
            parse = parse_one_line_style if path.suffix == ".list" else parse_deb822_style
            sources.extend(parse(path.read_text(encoding="utf-8", errors="replace")))
    return [real for source in sources for real in _follow_mirror_list(source)]


def debian_mirrors(sources: list[Source], codename: str) -> list[str]:
    """URIs of the archives that carry this machine's own release with component `main`, best first.

    Third-party archives and the security archive never carry a suite of exactly that name.
    """
    names = {codename, "stable", "testing", "unstable", "sid", "oldstable"}
    found = [
        source.uri
        for source in sources
        if source.uri.startswith(_USABLE_SCHEMES) and "main" in source.components and names & {*source.suites}
    ]
    return list(dict.fromkeys(found))


def install(*packages: str) -> None:
    """Install Debian packages; needs root.

    Raises:
        PbxUnavailable: apt-get failed or took longer than `APT_TIMEOUT_S`.
    """
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        command = ["apt-get", "-q", "-o", f"DPkg::Lock::Timeout={DPKG_LOCK_TIMEOUT_S}", *arguments]
        try:
            subprocess.run(
                ["env", "DEBIAN_FRONTEND=noninteractive", *command],
                check=True,
                capture_output=True,
                text=True,
                timeout=APT_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            raise PbxUnavailable(f"{' '.join(command)} took too long.", retryable=True) from None
        except subprocess.CalledProcessError as error:
            raise PbxUnavailable(f"{' '.join(command)} failed: {last_lines(error.stderr)}") from None


def download(folder: Path, *packages: str) -> list[Path]:
    """Fetch Debian packages of this machine's own release without installing them; needs no root.

    Raises:
        PbxUnavailable: apt-get is not there, knows a package not, or took longer than `APT_TIMEOUT_S`.
    """
    command = ["apt-get", "-q", "download", *packages]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=APT_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PbxUnavailable(f"{' '.join(command)} failed: {error}") from None
    if done.returncode != 0:
        raise PbxUnavailable(f"{' '.join(command)} failed: {last_lines(done.stderr)}")
    return sorted(folder.glob("*.deb"))


def last_lines(text: str, count: int = 3) -> str:
    """The last non-empty lines of a program's output, as one line."""
    return " / ".join([line.strip() for line in text.splitlines() if line.strip()][-count:])


def _follow_mirror_list(source: Source) -> Iterator[Source]:
    scheme, found, path = source.uri.partition("mirror+file:")
    if not found or scheme:
        yield source
        return
    listing = Path("/" + path.lstrip("/"))
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                yield Source(line.split()[0].rstrip("/"), source.suites, source.components)
