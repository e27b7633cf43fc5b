import pytest

from asisso.agents.load import Load, LoadPolicy

pytestmark = pytest.mark.unit

POLICY = LoadPolicy(shut_at_s=2, shut_after_s=1, open_below_s=0.5, open_after_s=5)


def looked(load, *looks):
    return [load.look(wait_s, now_s) for wait_s, now_s in looks]


def test_burst_is_no_overload():
    assert looked(Load(POLICY), (3, 0), (3, 0.9), (1, 1.1), (3, 1.2), (3, 2.1)) == [False] * 5


def test_wait_that_lasts_is():
    load = Load(POLICY)

    assert looked(load, (3, 0), (2, 0.5), (3, 1)) == [False, False, True]
    assert load.is_over


def test_calls_are_taken_again_only_when_it_has_been_calm_for_a_while():
    load = Load(POLICY)
    looked(load, (3, 0), (3, 1))

    assert looked(load, (1.9, 2), (0.4, 3), (0.4, 7.9)) == [True, True, True]
    assert looked(load, (0.6, 8), (0.4, 9), (0.4, 13.9), (0.4, 14)) == [True, True, True, False]
    assert not load.look(1.9, 15)
