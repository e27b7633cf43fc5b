"""What the bench knows without an Asterisk: mirrors, versions, ports, configuration, prompts."""

import os
import stat
from pathlib import Path

import pytest

from pbxlab import apt, configuration, provision, pytest_plugin, sounds
from pbxlab.errors import PbxUnavailable
from pbxlab.ports import Ports
from pbxlab.provision import AsteriskRoot, Progress

pytestmark = pytest.mark.unit

ONE_LINE = """\
# a comment
deb [signed-by=/usr/share/keyrings/x.gpg arch=amd64] http://mirror.example/debian/ trixie main contrib
deb-src http://mirror.example/debian trixie main
deb http://mirror.example/security trixie-security main # updates
deb https://vendor.example/apt trixie stable
"""

DEB822 = """\
Types: deb
# built from a snapshot
URIs: http://first.example/debian http://second.example/debian
Suites: trixie trixie-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/x.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
"""


def apt_folder(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_mirror_is_found_in_one_line_sources_past_third_parties(tmp_path: Path) -> None:
    folder = apt_folder(tmp_path, {"sources.list": ONE_LINE, "sources.list.d/notes.txt": "deb nonsense"})

    assert apt.debian_mirrors(apt.read_sources(folder), "trixie") == ["http://mirror.example/debian"]


def test_mirrors_are_found_in_deb822_sources_that_are_enabled(tmp_path: Path) -> None:
    folder = apt_folder(tmp_path, {"sources.list.d/debian.sources": DEB822})

    mirrors = apt.debian_mirrors(apt.read_sources(folder), "trixie")

    assert mirrors == ["http://first.example/debian", "http://second.example/debian"]


def test_list_of_mirrors_in_a_file_is_followed(tmp_path: Path) -> None:
    listing = tmp_path / "mirrors.txt"
    listing.write_text("# near ones\nhttps://near.example/debian/\tpriority:1\n", encoding="utf-8")
    folder = apt_folder(tmp_path, {"sources.list": f"deb mirror+file:{listing} trixie main\n"})

    assert apt.debian_mirrors(apt.read_sources(folder), "trixie") == ["https://near.example/debian"]


@pytest.mark.parametrize(
    ("version", "is_usable"),
    [
        ("22.10.1+dfsg+~cs6.17.60671434-1", True),
        ("22.8.0", True),
        ("22.7.0", False),
        ("20.18.2", True),
        ("20.17.0", False),
        ("21.11.0", False),
        ("23.1.0", False),
        ("24.0.0", True),
        ("certified/22.8-cert1", True),
        ("GIT-master-abc", False),
    ],
)
def test_version_is_usable_from_the_first_with_transport_data(version: str, is_usable: bool) -> None:
    assert provision.is_recent_enough(version) is is_usable


def test_asterisk_on_path_without_chan_websocket_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "asterisk"
    fake.write_text("#!/bin/sh\necho Asterisk 22.9.0\n", encoding="utf-8")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(AsteriskRoot, "module_dir", lambda root: None)

    assert provision.asterisk_on_path() is None


def test_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("PBXLAB_CACHE", raising=False)
    assert provision.cache_dir() == tmp_path / "xdg" / "asisso"

    monkeypatch.setenv("PBXLAB_CACHE", str(tmp_path / "here"))
    assert provision.cache_dir() == tmp_path / "here"


def test_missing_asterisk_skips_a_test_and_fails_it_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(progress: Progress) -> AsteriskRoot:
        raise PbxUnavailable("no mirror")

    monkeypatch.setattr(pytest_plugin, "provision", unavailable)
    found = pytest_plugin.find_asterisk(print)

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no mirror"):
        pytest_plugin.require_asterisk(found)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no mirror"):
        pytest_plugin.require_asterisk(found)


def test_blocks_of_ports_do_not_overlap_and_are_reused() -> None:
    first, second = Ports.reserve(), Ports.reserve()
    try:
        assert first.rtp[1] < second.http or second.rtp[1] < first.http
        assert len({first.http, first.sip, first.telephone, *range(first.rtp[0], first.rtp[1] + 1)}) == 393
    finally:
        first.release()
        second.release()
    again = Ports.reserve()
    again.release()
    assert again.http <= first.http


def test_contexts_of_a_given_dialplan_are_found() -> None:
    text = (
        "[general]\nstatic=yes\n[shared](!)\n[globals]\n"
        "[from-internal]\nexten => 1,1,NoOp([x])\n [default]\n[default](+)\n"
    )

    assert configuration.contexts_of(text) == ["from-internal", "default"]


def test_prompt_listing_gives_names_and_texts() -> None:
    listing = "; Core Sounds\n\nvm-goodbye: Goodbye.\nbeep: [a beep]\nconf/menu: Press 1: or 2.\nbroken\n"

    assert sounds.parse_listing(listing) == [
        ("vm-goodbye", "Goodbye."),
        ("beep", "[a beep]"),
        ("conf/menu", "Press 1: or 2."),
    ]
