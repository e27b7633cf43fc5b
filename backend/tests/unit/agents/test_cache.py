import numpy as np
import pytest

from asisso.agents.tts.cache import RenderedSentences

pytestmark = pytest.mark.unit


def clip(size_bytes):
    return np.zeros(size_bytes // 2, np.int16)


def test_cache_drops_what_was_unused_longest_when_it_is_full():
    cache = RenderedSentences(max_bytes=300)
    for sentence in ("a", "b", "c"):
        cache.put(sentence, clip(100))
    cache.get("a")
    cache.put("d", clip(100))

    assert cache.get("b") is None
    assert [sentence for sentence in "acd" if cache.get(sentence) is not None] == ["a", "c", "d"]
    assert cache.size_bytes == 300


def test_cache_does_not_give_up_everything_for_a_clip_that_never_fits():
    cache = RenderedSentences(max_bytes=300)
    cache.put("a", clip(100))
    cache.put("huge", clip(400))

    assert cache.get("huge") is None
    assert cache.get("a") is not None


def test_kept_clip_cannot_be_spoilt_by_whoever_plays_it():
    cache = RenderedSentences(max_bytes=300)
    cache.put("a", clip(100))

    with pytest.raises(ValueError, match="read-only"):
        cache.get("a")[0] = 1
