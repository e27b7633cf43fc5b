import { expect, test } from "vitest";
import type { TurnOut } from "@/client/types.gen";
import { bargeIns, recordingInWords } from "./spokenWords";

const turn = (speaker: TurnOut["speaker"], started_ms: number, ended_ms: number, interrupted = false) => ({
  speaker,
  text: "Words.",
  started_ms,
  ended_ms,
  interrupted,
});

test("an interrupted turn of the agent is a barge-in unless the call ended there", () => {
  const turns = [
    turn("agent", 0, 4_000, true),
    turn("caller", 3_800, 6_000),
    turn("agent", 7_000, 9_000, true),
  ];
  expect(bargeIns(turns)).toEqual([4_000]);
});

test("the picture is told in words", () => {
  const turns = [turn("agent", 0, 65_000, true), turn("caller", 64_800, 69_800)];
  expect(recordingInWords(turns)).toBe(
    "The caller speaks for 0:05, the agent for 1:05. The caller interrupted the agent once.",
  );
  expect(recordingInWords([])).toBe("The caller speaks for 0:00, the agent for 0:00.");
});
