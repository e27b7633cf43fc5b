import { describe, expect, test } from "vitest";
import { turnSettingsOf, turnSettingsSchema, withTurnSettings } from "./turnSettings";

const agent = {
  kind: "embedded",
  turns: {
    barge_in: "sound",
    back_channels: ["roger", "go on"],
    end_silence_ms: 800,
    key_terminator: "",
    min_words: 2,
  },
};

describe("the settings of turns", () => {
  test("that an agent does not have stay empty and are not written", () => {
    const settings = turnSettingsOf({ kind: "embedded" });
    expect(new Set(Object.values(settings))).toEqual(new Set([""]));
    expect(withTurnSettings({ kind: "embedded" }, settings)).toEqual({ kind: "embedded" });
  });

  test("survive being read and written, also those the form does not know", () => {
    expect(turnSettingsOf(agent)).toMatchObject({
      barge_in: "sound",
      back_channels: "roger, go on",
      end_silence_ms: "800",
      key_terminator: "none",
    });
    expect(withTurnSettings(agent, turnSettingsOf(agent))).toEqual(agent);
  });

  test("go back to the usual when they are emptied", () => {
    const emptied = { ...turnSettingsOf({ kind: "embedded" }) };
    expect(withTurnSettings(agent, emptied)).toEqual({ kind: "embedded", turns: { min_words: 2 } });
  });

  test.each([
    [{ end_silence_unfinished_ms: "10001" }, "end_silence_unfinished_ms"],
    [{ key_pause_ms: "soon" }, "key_pause_ms"],
    [{ end_silence_ms: "300" }, "end_silence_complete_ms"],
    [{ end_silence_ms: "1500" }, "end_silence_unfinished_ms"],
  ])("refuse %o at its field", (wrong, field) => {
    const checked = turnSettingsSchema.safeParse({ ...turnSettingsOf({}), ...wrong });
    expect(checked.error?.issues.map((issue) => issue.path[0])).toEqual([field]);
  });
});
