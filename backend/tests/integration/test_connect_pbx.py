"""`asisso connect-pbx` beside a running server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.product import BACKEND, Product

pytestmark = pytest.mark.integration


def connect(product: Product, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "password").write_text("a password of ARI\n")
    command = [
        sys.executable,
        "-m",
        "asisso",
        "connect-pbx",
        "Office",
        "--ari-endpoint",
        "http://127.0.0.1:1",
    ]
    command += ["--app-password-file", str(folder / "password"), "--files", str(folder / "pbx"), *more]
    # Where the server's data is; everything else of the environment may not get in the way.
    own = {"ASISSO_DATA_DIR": str(product.data_dir), "ASISSO_PORT": str(product.port)}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ASISSO_")}
    return subprocess.run(
        command, env=clean | own, cwd=BACKEND, capture_output=True, text=True, timeout=60, check=False
    )


async def configurations(product: Product) -> list[tuple[str, int, list[str]]]:
    async with product.api() as api:
        listed = await api.get("/telephony-configurations")
    return [(c["name"], c["phone_number_count"], c["from_extensions"]) for c in listed["items"]]


async def test_a_pbx_is_entered_once_and_its_files_are_written_each_time(tmp_path: Path) -> None:
    with Product() as product:
        arguments = ("--number", "8000", "--number", "_81XX", "--from-extension", "6001")
        first = await asyncio.to_thread(connect, product, tmp_path, *arguments)
        assert (first.returncode, first.stderr) == (0, "")
        files = sorted(path.name for path in (tmp_path / "pbx").iterdir())
        assert files == ["ari.conf", "extensions.conf", "http.conf", "pjsip_asisso.conf"]
        assert "exten => _81XX,1,Stasis(asisso)" in (tmp_path / "pbx/extensions.conf").read_text()
        (tmp_path / "pbx/ari.conf").unlink()
        again = await asyncio.to_thread(connect, product, tmp_path, *arguments)
        assert again.returncode == 0
        assert (tmp_path / "pbx/ari.conf").exists()
        assert await configurations(product) == [("Office", 2, ["6001"])]
        async with product.api() as api:
            assert [key["name"] for key in (await api.get("/api-keys"))["items"]] == ["bench"]
        assert "a password of ARI" not in first.stdout + first.stderr + again.stdout


async def test_what_cannot_be_done_is_told_in_one_line(tmp_path: Path) -> None:
    with Product() as product:
        refused = await asyncio.to_thread(connect, product, tmp_path, "--app-name", "not a name")
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert refused.stderr.startswith("asisso: The server refused it: app_name: ")
