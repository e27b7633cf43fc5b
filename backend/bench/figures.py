"""Figures of many measurements, for a line of JSON. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

DECIMALS = 1


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values don't exceed; the nearest one, nothing is interpolated."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def p50_p95(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {
        "p50": round(statistics.median(values), DECIMALS),
        "p95": round(percentile(values, 0.95), DECIMALS),
    }


def p50_p95_max(values: Sequence[float]) -> dict[str, float] | None:
    """Median, 95th percentile and the worst; None when nothing was measured."""
    return {**p50_p95(values), "max": round(max(values), DECIMALS)} if values else None


def min_median_p95(values: Sequence[float]) -> dict[str, float]:
    """The best, the median and the 95th percentile."""
    return {
        "min": round(min(values), DECIMALS),
        "median": round(statistics.median(values), DECIMALS),
        "p95": round(percentile(values, 0.95), DECIMALS),
    }
