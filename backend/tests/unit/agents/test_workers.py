import asyncio
import threading

import pytest

from asisso.agents.workers import AgentOverloaded, Share, Workers

pytestmark = pytest.mark.unit


class Bench:
    """One worker that is kept busy until `release`, so that what waits can be put into any order."""

    def __init__(self, **settings):
        self.workers = Workers("testing", **{"threads": 1, "max_waiting": 100, "limit_s": 5, **settings})
        self.order = []
        self._gate = threading.Event()
        self._tasks = []

    async def block(self):
        self._tasks.append(asyncio.create_task(self.workers.run(self._wait, cost_s=0.001, share=Share())))
        await asyncio.sleep(0)

    def _wait(self):
        self._gate.wait(5)

    async def ask(self, name, share, cost_s=1.0, **how):
        task = asyncio.create_task(
            self.workers.run(lambda: self.order.append(name), cost_s=cost_s, share=share, **how)
        )
        self._tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def release(self):
        self._gate.set()
        await asyncio.wait(self._tasks)
        self.workers.close()
        return self.order


async def test_calls_take_turns_however_much_one_of_them_asks_for():
    bench, greedy, modest = Bench(), Share(), Share()
    await bench.block()
    for name in ("greedy 1", "greedy 2", "greedy 3"):
        await bench.ask(name, greedy)
    await bench.ask("modest", modest)

    assert await bench.release() == ["greedy 1", "modest", "greedy 2", "greedy 3"]


async def test_short_job_goes_before_a_long_one():
    bench = Bench()
    await bench.block()
    await bench.ask("a long story", Share(), cost_s=2)
    await bench.ask("yes", Share(), cost_s=0.1)

    assert await bench.release() == ["yes", "a long story"]


async def test_last_step_of_an_answer_goes_before_the_first_step_of_others_but_is_not_free():
    bench, answered = Bench(), Share()
    await bench.block()
    await bench.ask("words of one", Share())
    await bench.ask("answer to another", answered, is_urgent=True)
    await bench.ask("words of the other", answered)
    await bench.ask("words of a third", Share())

    assert await bench.release() == [
        "answer to another",
        "words of one",
        "words of a third",
        "words of the other",
    ]


async def test_work_no_caller_waits_for_goes_last():
    bench = Bench()
    await bench.block()
    await bench.ask("in advance", None, cost_s=0.1)
    await bench.ask("for a caller", Share(), cost_s=0.5)

    assert await bench.release() == ["for a caller", "in advance"]


async def test_job_nobody_waits_for_any_more_is_not_done():
    bench = Bench()
    await bench.block()
    unwanted = await bench.ask("superseded", Share())
    await bench.ask("wanted", Share())
    unwanted.cancel()
    await asyncio.sleep(0)

    assert bench.workers.stats.waiting == 1
    assert await bench.release() == ["wanted"]
    assert bench.workers.stats.dropped == 1


async def test_too_many_jobs_are_refused_at_once_but_dropped_ones_do_not_count():
    bench = Bench(max_waiting=2)
    await bench.block()
    first = await bench.ask("first", Share())
    await bench.ask("second", Share())
    with pytest.raises(AgentOverloaded, match="fewer calls") as caught:
        await bench.workers.run(lambda: None, cost_s=1)
    assert caught.value.retryable
    first.cancel()
    await asyncio.sleep(0)
    await bench.ask("third", Share())

    assert await bench.release() == ["second", "third"]
    assert bench.workers.stats.refused == 1


async def test_job_that_takes_too_long_is_given_up():
    bench = Bench(limit_s=0.01)
    with pytest.raises(AgentOverloaded, match=r"Testing took more than 0\.01 s"):
        await bench.workers.run(bench._wait, cost_s=1)
    await bench.block()
    await bench.release()


async def test_error_of_a_job_is_raised_where_it_was_asked_for():
    workers = Workers("testing", threads=1, max_waiting=1, limit_s=5)
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0, cost_s=1)
    assert await workers.run(lambda: "next", cost_s=1) == "next"
    workers.close()


async def test_expected_wait_grows_with_what_waits_and_learns_how_long_jobs_take():
    bench = Bench(threads=1)
    await bench.block()
    for _ in range(4):
        await bench.ask("job", Share(), cost_s=0.5)
    assert bench.workers.stats.expected_wait_s == pytest.approx(2.0)

    await bench.release()
    assert bench.workers.stats.expected_wait_s == 0
    assert bench.workers._cost_factor < 1, "these jobs took much less than was thought"


async def test_closed_workers_refuse_and_cancel_what_waits():
    bench = Bench()
    await bench.block()
    waiting = await bench.ask("too late", Share())
    bench.workers.close()

    with pytest.raises(AgentOverloaded):
        await bench.workers.run(lambda: None, cost_s=1)
    bench._gate.set()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert bench.order == []
