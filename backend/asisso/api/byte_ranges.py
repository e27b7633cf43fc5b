"""Files in parts (RFC 9110 14), also while they are still written.

The length is taken once, when the answer begins: what is appended meanwhile belongs to the next request.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO

from fastapi import Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

BLOCK_BYTES = 64 * 1024

FILE_HEADERS: dict[str, Any] = {
    "Accept-Ranges": {"description": "Always `bytes`.", "schema": {"const": "bytes"}, "required": True},
    "ETag": {
        "description": "Changes with the file; for `If-Range`.",
        "schema": {"type": "string"},
        "required": True,
    },
    "Content-Disposition": {
        "description": "A name to save it by.",
        "schema": {"type": "string"},
        "required": True,
    },
}
"""For the API's description: the headers of every file."""

PART_HEADERS: dict[str, Any] = {
    "Content-Range": {
        "description": "Which bytes of how many.",
        "schema": {"type": "string", "pattern": r"^bytes [0-9]+-[0-9]+/[0-9]+$"},
        "required": True,
    }
}
"""For the API's description: what the answer with a part has besides."""

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class UnsatisfiableRange(ValueError):
    """The range begins behind the end of the file."""


def parse_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """First and last byte of the part that is asked for; None for the whole file.

    Several parts at once and malformed headers count as none, as the RFC allows.

    Raises:
        UnsatisfiableRange: there is nothing in the file at this range.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        suffix = int(last)
        if suffix == 0 or size_bytes == 0:
            raise UnsatisfiableRange
        return max(0, size_bytes - suffix), size_bytes - 1
    begin = int(first)
    end = min(int(last), size_bytes - 1) if last else size_bytes - 1
    if last and int(last) < begin:
        return None
    if begin >= size_bytes:
        raise UnsatisfiableRange
    return begin, end


async def file_response(request: Request, path: Path, *, media_type: str, download_name: str) -> Response:
    """The file, or the part of it that the request asks for.

    Raises:
        OSError: the file is gone.
    """
    status = await asyncio.to_thread(path.stat)
    size = status.st_size
    etag = f'"{size:x}-{status.st_mtime_ns:x}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{download_name}"',
    }
    wanted = request.headers.get("range")
    if request.headers.get("if-range", etag) != etag:
        wanted = None
    try:
        part = parse_range(wanted, size)
    except UnsatisfiableRange:
        body = {"code": "range_not_satisfiable", "detail": f"The recording has {size} bytes so far."}
        return JSONResponse(body, status_code=416, headers={"Content-Range": f"bytes */{size}"})
    begin, end = part or (0, size - 1)
    headers["Content-Length"] = str(end - begin + 1)
    if part is not None:
        headers["Content-Range"] = f"bytes {begin}-{end}/{size}"
    # Opened before the answer begins: a file that is gone by now is an error, not half an answer.
    file = await asyncio.to_thread(path.open, "rb")
    return StreamingResponse(
        _blocks(file, begin, end - begin + 1),
        status_code=206 if part is not None else 200,
        headers=headers,
        media_type=media_type,
    )


async def _blocks(file: BinaryIO, offset: int, length: int) -> AsyncIterator[bytes]:
    try:
        await asyncio.to_thread(file.seek, offset)
        while length > 0:
            block = await asyncio.to_thread(file.read, min(BLOCK_BYTES, length))
            if not block:
                return
            length -= len(block)
            yield block
    finally:
        file.close()
