"""What can go wrong with a model somewhere else: one error for language models, recognition and speech."""

from __future__ import annotations


class ModelError(Exception):
    """A model's server did not do what it was asked; the text is a sentence for a person, without secrets.

    Attributes:
        code: snake_case constant for programs: `model_unauthorized`, `model_not_found`, `model_refused`, `model_busy`,
            `model_broken`, `model_unreachable`, `model_slow`, `model_garbled`.
        retryable: whether the same request may succeed a moment later.
        retry_after_s: when the server asked to come back; None when it did not say.
    """

    def __init__(
        self, reason: str, *, code: str, retryable: bool, retry_after_s: float | None = None
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.retryable = retryable
        self.retry_after_s = retry_after_s


def too_slow(what: str, limit_s: float) -> ModelError:
    """Something did not come within its time limit."""
    return ModelError(f"{what} did not come within {limit_s:g} s.", code="model_slow", retryable=True)
