"""The codecs this telephone speaks, as RTP carries them (RFC 3551), and WAV files at their rates.

Pure but for `load_wav`. A codec is described once, here; SDP and RTP read it.
"""

import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from pbxlab.telephone import g711
from pbxlab.telephone.g711 import Pcm

PTIME_MS = 20


@dataclass(frozen=True)
class Codec:
    """One codec. `encode` takes int16 samples at `sample_rate_hz`, `decode` gives them back."""

    name: str
    payload_type: int
    encoding: str
    sample_rate_hz: int
    encode: Callable[[Pcm], bytes]
    decode: Callable[[bytes], Pcm]

    @property
    def samples_per_frame(self) -> int:
        """Samples in one packet; also the step of the RTP timestamp, whose clock is the sample rate."""
        return self.sample_rate_hz * PTIME_MS // 1000

    def frames(self, pcm: Pcm) -> list[bytes]:
        """Payloads of whole frames; the last is filled up with silence."""
        missing = -len(pcm) % self.samples_per_frame
        padded = np.concatenate([pcm, np.zeros(missing, np.int16)]).astype(np.int16)
        data = self.encode(padded)
        size = len(data) * self.samples_per_frame // max(len(padded), 1)
        return [data[start : start + size] for start in range(0, len(data), size)] if data else []


def _encode_l16(pcm: Pcm) -> bytes:
    return pcm.astype(">i2").tobytes()


def _decode_l16(payload: bytes) -> Pcm:
    return np.frombuffer(payload[: len(payload) // 2 * 2], ">i2").astype(np.int16)


ULAW = Codec("ulaw", 0, "PCMU/8000", 8000, g711.encode_ulaw, g711.decode_ulaw)
ALAW = Codec("alaw", 8, "PCMA/8000", 8000, g711.encode_alaw, g711.decode_alaw)
# Linear 16 bit at 16 kHz has no static payload type; 118 is what Asterisk itself offers it as.
SLIN16 = Codec("slin16", 118, "L16/16000", 16000, _encode_l16, _decode_l16)

CODECS = {codec.name: codec for codec in (ULAW, ALAW, SLIN16)}


def resample(pcm: Pcm, from_hz: int, to_hz: int) -> Pcm:
    """A whole clip at another rate."""
    if from_hz == to_hz or not len(pcm):
        return pcm
    resampled: Pcm = soxr.resample(pcm, from_hz, to_hz).astype(np.int16)
    return resampled


def load_wav(path: Path, sample_rate_hz: int) -> Pcm:
    """The first channel of a 16-bit WAV file as int16 samples at the rate asked for.

    Raises:
        ValueError: the file does not hold 16-bit samples.
        OSError, wave.Error: it cannot be read.
    """
    with wave.open(str(path), "rb") as source:
        if source.getsampwidth() != 2:
            raise ValueError(f"{path} does not hold 16-bit samples")
        interleaved = np.frombuffer(source.readframes(source.getnframes()), "<i2").astype(np.int16)
        return resample(interleaved[:: source.getnchannels()], source.getframerate(), sample_rate_hz)
