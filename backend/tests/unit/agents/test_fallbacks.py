"""Who is asked, and who is spared."""

import pytest

from asisso.agents.llm.fallback import REST_MS, Fallbacks
from asisso.agents.model_error import ModelError

pytestmark = pytest.mark.unit


def failure(*, retryable, retry_after_s=None):
    return ModelError("It failed.", code="model_broken", retryable=retryable, retry_after_s=retry_after_s)


def test_best_is_asked_first():
    assert Fallbacks(["first", "second"]).usable(0) == ["first", "second"]


def test_one_that_failed_is_spared_for_a_while():
    models = Fallbacks(["first", "second"])
    models.failed("first", failure(retryable=True), 1_000)

    assert models.usable(1_001) == ["second"]
    assert models.usable(1_000 + REST_MS) == ["first", "second"]


def test_one_that_cannot_get_well_is_never_asked_again():
    models = Fallbacks(["first", "second"])
    models.failed("first", failure(retryable=False), 0)

    assert models.usable(10 * REST_MS) == ["second"]


def test_server_says_how_long_it_wants_to_be_spared():
    models = Fallbacks(["only"])
    models.failed("only", failure(retryable=True, retry_after_s=60), 0)

    assert models.usable(59_000) == []
    assert models.usable(60_000) == ["only"]
