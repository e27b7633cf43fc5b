"""smart-turn v3.2: from the melody of the last 8 s, whether the caller is done.

Source: github.com/pipecat-ai/smart-turn (BSD-2-Clause), the int8 model inside the `pipecat-ai` wheel, of which nothing
else is used. Good at fillers ("I was thinking that, um,"), no judge of words ("my number is" sounds complete).
"""

from __future__ import annotations

from typing import Final, Self

import numpy as np
import onnxruntime
import structlog

from asisso.agents import weights
from asisso.agents.agent import AgentUnavailable
from asisso.agents.turn_end.log_mel import log_mel
from asisso.agents.turn_end.predictor import PREDICTION_HZ
from asisso.audio.frame import Pcm

log = structlog.get_logger(__name__)

_SAMPLES: Final = 8 * PREDICTION_HZ


class SmartTurn:
    """An `EndPredictor`."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    @classmethod
    def load(cls) -> Self:
        """Open the model.

        Raises:
            AgentUnavailable: the model file is missing or damaged.
        """
        return cls(weights.open_session(weights.SMART_TURN))

    @classmethod
    def load_if_there(cls) -> Self | None:
        """Open the model; None where it can't be had: turns then end by silence and words alone."""
        try:
            return cls.load()
        except AgentUnavailable as error:
            log.warning("turns end by silence and words alone", reason=str(error))
            return None

    def probability(self, pcm: Pcm) -> float:
        sound = np.zeros(_SAMPLES, np.float32)
        last = pcm[-_SAMPLES:]
        if last.size:
            sound[-last.size :] = last / np.float32(32768)
        (answer,) = self._session.run(None, {"input_features": log_mel(sound)[np.newaxis]})
        return float(answer.ravel()[0])
