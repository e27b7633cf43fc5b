"""What a workflow may set under `turns`."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from asisso.agents.turn_policy import TurnPolicy

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("fault", [{"look_back_ms": False}, {"min_words": True}, {"hold_after_ms": "64"}])
def test_only_a_number_is_a_number(fault: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TurnPolicy.model_validate(fault)


def test_a_list_as_json_has_it_is_taken() -> None:
    assert TurnPolicy.model_validate({"back_channels": ["mm"]}).back_channels == ("mm",)
