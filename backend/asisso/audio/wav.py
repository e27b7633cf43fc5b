"""WAV files: a stereo recording that is playable at every moment, and whole clips.

Synchronous; a caller on an event loop uses a thread.
"""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

_HEADER_BYTES: Final = 44
_CHANNELS: Final = 2
_SAMPLE_BYTES: Final = 2
_MAX_DATA_BYTES: Final = 0xFFFF_FFFF - _HEADER_BYTES
"""A RIFF size is 32 bit: 18 hours of stereo at 16 kHz."""


class WavFull(Exception):
    """The file has reached the largest size its header can name; start another one."""


class StereoWavWriter:
    """A growing 16 bit stereo file whose header always matches its sound.

    Sound goes to the file before the header that counts it, each by an unbuffered write, so a process
    killed between the two leaves a valid file that is one block short.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        """Make a new file; an older one of that name is lost.

        Raises:
            OSError: the file cannot be made.
        """
        self._sample_rate = sample_rate
        self._data_bytes = 0
        self._file = path.open("wb", buffering=0)
        self._write(self._header())

    @classmethod
    def resume(cls, path: Path, sample_rate: int) -> Self:
        """Go on behind the sound of a file that another process left.

        Raises:
            ValueError: it is not a file of this class, or has another sample rate.
            OSError: it cannot be opened.
        """
        sound, rate = stereo_bytes(path)
        if rate != sample_rate:
            raise ValueError(f"{path.name} has {rate} Hz; {sample_rate} are needed.")
        resumed = cls.__new__(cls)
        resumed._sample_rate = sample_rate
        resumed._data_bytes = sound
        resumed._file = path.open("r+b", buffering=0)
        return resumed

    def append(self, sound: npt.NDArray[np.int16]) -> None:
        """Add a block of samples, shape (n, 2): left and right.

        Raises:
            WavFull: the block would not fit; nothing was written.
            OSError: the disk is full or gone.
        """
        block = np.ascontiguousarray(sound, "<i2").reshape(-1).view(np.uint8).data
        if self._data_bytes + len(block) > _MAX_DATA_BYTES:
            raise WavFull
        self._file.seek(_HEADER_BYTES + self._data_bytes)
        self._write(block)
        self._data_bytes += len(block)
        self._file.seek(0)
        self._write(self._header())

    @property
    def duration_ms(self) -> int:
        """Length of the sound written so far."""
        return self._data_bytes * 1000 // (self._sample_rate * _CHANNELS * _SAMPLE_BYTES)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _header(self) -> bytes:
        frame_bytes = _CHANNELS * _SAMPLE_BYTES
        return struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF",
            _HEADER_BYTES - 8 + self._data_bytes,
            b"WAVE",
            b"fmt ",
            16,
            wave.WAVE_FORMAT_PCM,
            _CHANNELS,
            self._sample_rate,
            self._sample_rate * frame_bytes,
            frame_bytes,
            8 * _SAMPLE_BYTES,
            b"data",
            self._data_bytes,
        )


def stereo_bytes(path: Path) -> tuple[int, int]:
    """How many bytes of sound a stereo file's header counts, and its rate in Hz.

    Raises:
        ValueError: it is no 16 bit stereo file.
        OSError: it cannot be read.
    """
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth()) != (_CHANNELS, _SAMPLE_BYTES):
                raise ValueError(f"{path.name} is no 16 bit stereo file.")
            return file.getnframes() * _CHANNELS * _SAMPLE_BYTES, file.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path.name} is not a PCM WAV file: {error}.") from error


def read_wav(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Read a 16 bit PCM file: samples, shape (n, channels), and the sample rate in Hz.

    Raises:
        ValueError: the file is no 16 bit PCM WAV.
        OSError: it cannot be read.
    """
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != _SAMPLE_BYTES:
                raise ValueError(f"{path.name} has {8 * file.getsampwidth()} bit samples; 16 are needed.")
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
            return sound.reshape(-1, file.getnchannels()), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path.name} is not a PCM WAV file: {error}.") from error


def wav_bytes(pcm: npt.NDArray[np.int16], sample_rate: int) -> bytes:
    """A whole mono file of 16 bit samples, shape (n,)."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE_BYTES)
        file.setframerate(sample_rate)
        file.writeframes(pcm.astype("<i2", copy=False).tobytes())
    return target.getvalue()
