import { expect, test } from "vitest";
import { run } from "@/testing/samples";
import { usageInWords } from "./usageWords";

test("what was used is told in words, and a provider's own amounts by their names", () => {
  const usage = {
    ...run.usage,
    call_seconds: 62.4,
    stt_seconds: 11.44,
    tts_characters: 1_264,
    llm_input_tokens: 1_204,
    llm_output_tokens: 1,
    media_attempts: 1,
    llm_cached_input_tokens: 64,
  };
  expect(usageInWords(usage)).toEqual([
    ["Time on the line", "1:02"],
    ["Speech recognised", "11.4 s"],
    ["Speech made", "1,264 characters"],
    ["Read by the model", "1,204 tokens"],
    ["Written by the model", "1 token"],
    ["llm cached input tokens", "64"],
  ]);
});

test("a call that used nothing tells nothing", () => {
  expect(usageInWords(run.usage)).toEqual([]);
});
