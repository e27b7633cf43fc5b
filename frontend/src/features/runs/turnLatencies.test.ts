import { expect, test } from "vitest";
import { median, turnLatencies } from "./turnLatencies";

test("only answered turns are measured, and a stage without a figure counts nothing", () => {
  const events = [
    { at_ms: 10, kind: "request", detail: { duration_ms: 8 } },
    { at_ms: 900, kind: "turn", detail: { endpointing_ms: 600, recognition_ms: 90, turn_latency_ms: 850 } },
    { at_ms: 1_200, kind: "turn", detail: { endpointing_ms: 600, turn_latency_ms: null } },
  ];
  expect(turnLatencies(events)).toEqual([
    { at_ms: 900, endpointing_ms: 600, recognition_ms: 90, synthesis_ms: 0, turn_latency_ms: 850 },
  ]);
});

test("the median is the middle of the values", () => {
  expect(median([900, 100, 500])).toBe(500);
  expect(median([100, 300])).toBe(200);
  expect(median([])).toBe(0);
});
