"""What can go wrong on the bench, each with a code, a sentence for a person, and whether trying again helps.

BenchError
+-- PbxUnavailable    no Asterisk can be had on this machine
+-- PbxFailed         an Asterisk was started and did not do what it must
+-- SoundsUnavailable the recorded prompts are not installed
+-- VoicesUnavailable synthetic voices can't be had on this machine
"""


class BenchError(Exception):
    """Base of the bench's errors. `reason` is a sentence; `retryable` says whether trying again helps."""

    code = "bench_error"

    def __init__(self, reason: str, *, retryable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


class PbxUnavailable(BenchError):
    """No Asterisk that is new enough can be had here."""

    code = "pbx_unavailable"


class PbxFailed(BenchError):
    """An Asterisk did not start, died, or refused a command."""

    code = "pbx_failed"


class SoundsUnavailable(BenchError):
    """The recorded prompts or their texts are not installed beside this Asterisk."""

    code = "sounds_unavailable"


class VoicesUnavailable(BenchError):
    """Flite is not installed, and its packages can't be had here."""

    code = "voices_unavailable"
