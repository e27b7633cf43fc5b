import { expect, test } from "vitest";
import { median, stagesOf, turnLatencies } from "./turnLatencies";

const none = {
  endpointing_ms: 0,
  recognition_ms: 0,
  meaning_ms: 0,
  llm_ttft_ms: 0,
  tts_ttfb_ms: 0,
  first_frame_ms: 0,
  other_ms: 0,
};

test("only answered turns are measured, and what no part accounts for is told too", () => {
  const events = [
    { at_ms: 10, kind: "request", detail: { duration_ms: 8 } },
    { at_ms: 900, kind: "turn", detail: { endpointing_ms: 600, recognition_ms: 90, turn_latency_ms: 850 } },
    { at_ms: 1_200, kind: "turn", detail: { endpointing_ms: 600, turn_latency_ms: null } },
  ];
  expect(turnLatencies(events)).toEqual([
    { ...none, at_ms: 900, endpointing_ms: 600, recognition_ms: 90, other_ms: 160, turn_latency_ms: 850 },
  ]);
});

test("calls of earlier versions keep their bars", () => {
  const [turn] = turnLatencies([
    { at_ms: 1, kind: "turn", detail: { synthesis_ms: 80, turn_latency_ms: 80 } },
  ]);
  expect(turn?.tts_ttfb_ms).toBe(80);
});

test("a part that no answer has is not shown", () => {
  const turns = turnLatencies([
    { at_ms: 1, kind: "turn", detail: { endpointing_ms: 400, first_frame_ms: 0, turn_latency_ms: 400 } },
    { at_ms: 2, kind: "turn", detail: { llm_ttft_ms: 300, turn_latency_ms: 300 } },
  ]);
  expect(stagesOf(turns).map(({ name }) => name)).toEqual(["endpointing_ms", "llm_ttft_ms"]);
});

test("the median is the middle of the values", () => {
  expect(median([900, 100, 500])).toBe(500);
  expect(median([100, 300])).toBe(200);
  expect(median([])).toBe(0);
});
