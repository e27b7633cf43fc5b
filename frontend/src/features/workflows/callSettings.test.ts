import { describe, expect, test } from "vitest";
import { callSettingsSchema, settingsOf, withSettings } from "./callSettings";

const agent = {
  kind: "embedded",
  recording: "off",
  silence_timeout_s: 0,
  phrases: { apology: "Sorry.", resumed: "", unheard_of: "Kept." },
};

describe("the settings of a call", () => {
  test("that an agent does not have stay empty", () => {
    const settings = settingsOf({ kind: "embedded" });
    expect(settings).toMatchObject({ max_duration_s: "", silence_timeout_s: "", greeting_delay_ms: "" });
    expect(settings.phrases.apology).toEqual({ text: "", isSilent: false });
    expect(withSettings({ kind: "embedded" }, settings)).toEqual({ kind: "embedded" });
  });

  test("tell what is not said from what is said as usual", () => {
    const settings = settingsOf(agent);
    expect(settings.silence_timeout_s).toBe("0");
    expect(settings.phrases.apology).toEqual({ text: "Sorry.", isSilent: false });
    expect(settings.phrases.resumed).toEqual({ text: "", isSilent: true });
    expect(settings.phrases.time_limit).toEqual({ text: "", isSilent: false });
  });

  test("survive being read and written", () => {
    expect(withSettings(agent, settingsOf(agent))).toEqual(agent);
  });

  test("go back to the usual when they are emptied", () => {
    const settings = settingsOf(agent);
    const usual = {
      ...settings,
      silence_timeout_s: "",
      phrases: {
        ...settings.phrases,
        apology: { text: "", isSilent: false },
        resumed: { text: "", isSilent: false },
      },
    };
    expect(withSettings(agent, usual)).toEqual({
      kind: "embedded",
      recording: "off",
      phrases: { unheard_of: "Kept." },
    });
  });

  test.each([
    ["max_duration_s", "0"],
    ["max_duration_s", "43201"],
    ["silence_timeout_s", "a while"],
    ["greeting_delay_ms", "10001"],
  ])("refuse %s of %s", (name, text) => {
    expect(callSettingsSchema.safeParse({ ...settingsOf(agent), [name]: text }).success).toBe(false);
  });
});
