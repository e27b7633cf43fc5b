"""A short set of made-up requests in every run of the suite; the long one is `make fuzz`."""

from __future__ import annotations

import pytest

from tests.contract.fuzz import WHO, errors_of_ours, fuzz
from tests.contract.server import LiveServer

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

LIMIT_S = 120
FEW = ["--max-examples", "1", "--phases", "examples,fuzzing,stateful", "--no-shrink", "--seed", "1"]


@pytest.mark.parametrize("who", WHO)
def test_no_request_meets_a_bug_or_an_answer_nobody_declared(live: LiveServer, who: str) -> None:
    outcome = fuzz(live, who, FEW, LIMIT_S)
    assert outcome.failures == ""
    assert outcome.cases > 50, outcome.report
    assert errors_of_ours(live) == []
