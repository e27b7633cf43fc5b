"""Session descriptions of one audio stream (RFC 4566, offer and answer as in RFC 3264).

Pure text. Must not know of sockets or SIP.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pbxlab.telephone.codecs import PTIME_MS, Codec

TELEPHONE_EVENT_TYPE = 101
_STATIC_ENCODINGS = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000"}
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


class SdpError(ValueError):
    """This description has no usable audio stream."""


@dataclass(frozen=True)
class AudioStream:
    """The audio stream of a description.

    `encodings` maps payload type to `NAME/clock`, in the order of preference it was written in.
    """

    address: str
    port: int
    encodings: dict[int, str] = field(default_factory=dict)
    direction: str = "sendrecv"

    @property
    def telephone_event_type(self) -> int | None:
        """The payload type of RFC 4733 digits, if the stream has one."""
        named = (number for number, name in self.encodings.items() if name.startswith("TELEPHONE-EVENT/"))
        return next(named, None)

    @property
    def wants_audio(self) -> bool:
        """Whether the one who wrote this description wants to be sent audio now."""
        return self.direction in ("sendrecv", "recvonly") and self.address != "0.0.0.0"  # noqa: S104 - RFC 2543 hold

    def payload_type_of(self, codec: Codec) -> int | None:
        """The payload type under which the stream carries a codec."""
        named = (number for number, name in self.encodings.items() if name == codec.encoding.upper())
        return next(named, None)

    def first_of(self, codecs: Sequence[Codec]) -> Codec | None:
        """The first of *its* codecs that is also one of ours."""
        ours = {codec.encoding.upper(): codec for codec in codecs}
        return next((ours[name] for name in self.encodings.values() if name in ours), None)


def parse(body: bytes) -> AudioStream:
    """The first audio stream of a description.

    Raises:
        SdpError: no audio stream, a refused one, or no address for it.
    """
    session_lines, audio_lines = _split_media(body.decode("utf-8", "replace").splitlines())
    media = re.match(r"m=audio (\d+)(?:/\d+)? \S+((?: \d+)*)", audio_lines[0]) if audio_lines else None
    if media is None:
        raise SdpError("no audio stream in the session description")
    if media[1] == "0":
        raise SdpError("the audio stream is refused")
    lines = [*audio_lines, *session_lines]
    address = next((line.split()[-1] for line in lines if line.startswith("c=IN IP")), "")
    if not address:
        raise SdpError("no address in the session description")
    mapped = dict(_STATIC_ENCODINGS)
    for line in audio_lines:
        if found := re.match(r"a=rtpmap:(\d+) ([^/\s]+/\d+)", line):
            mapped[int(found[1])] = found[2].upper()
    types = [int(number) for number in media[2].split()]
    direction = next(
        (line[2:] for line in lines if line.startswith("a=") and line[2:] in _DIRECTIONS), "sendrecv"
    )
    return AudioStream(
        address, int(media[1]), {number: mapped.get(number, "") for number in types}, direction
    )


def describe(
    address: str, port: int, codecs: Sequence[tuple[int, Codec]], *, session_id: int, version: int = 1,
    telephone_event_type: int = TELEPHONE_EVENT_TYPE, direction: str = "sendrecv",
) -> bytes:  # fmt: skip
    """A description of one audio stream: payload types with their codecs, digits, 20 ms packets."""
    types = " ".join(str(number) for number, _ in codecs)
    lines = [
        "v=0",
        f"o=pbxlab {session_id} {version} IN IP4 {address}",
        "s=pbxlab",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {types} {telephone_event_type}",
        *(f"a=rtpmap:{number} {codec.encoding}" for number, codec in codecs),
        f"a=rtpmap:{telephone_event_type} telephone-event/8000",
        f"a=fmtp:{telephone_event_type} 0-15",
        f"a=ptime:{PTIME_MS}",
        f"a={direction}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def answering_direction(offered: str) -> str:
    """The direction to answer an offer with when we would send and receive if we may (RFC 3264 6.1)."""
    return {"sendonly": "recvonly", "recvonly": "sendonly"}.get(offered, offered)


def _split_media(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines of the session, and lines of the first audio stream."""
    starts = [index for index, line in enumerate(lines) if line.startswith("m=")]
    ends = [*starts[1:], len(lines)]
    for start, end in zip(starts, ends, strict=False):
        if lines[start].startswith("m=audio "):
            return lines[: starts[0]], lines[start:end]
    return lines, []
