import { describe, expect, test } from "vitest";
import { factsOfEvent, titleOfEvent } from "./timelineWords";

const event = (kind: string, detail: Record<string, unknown> = {}) => ({ at_ms: 0, kind, detail });

describe("an event of the timeline", () => {
  test.each([
    "ringing",
    "parked",
    "unparked",
    "transfer",
    "transferred",
    "transfer_failed",
    "resumed",
    "briefing",
    "asterisk_prompt",
    "announcement_failed",
    "no_audio_from_caller",
    "speech_unheard",
    "refused",
    "ended",
    "node",
    "value",
  ])("of the kind %s is told in words of its own", (kind) => {
    const title = titleOfEvent(event(kind));
    expect(title).toMatch(/^[A-Z]/);
    expect(title).not.toContain("_");
  });

  test.each([
    "dial",
    "dial_target",
    "add_target",
    "join",
    "park",
    "unpark",
    "hand_over",
    "refer",
    "fall_back",
    "dtmf",
    "play",
    "look_up",
    "set_variable",
  ])("that asks Asterisk for %s says what for", (what) => {
    expect(titleOfEvent(event("request", { what }))).toMatch(/^Asked Asterisk to [a-z]+/);
    expect(titleOfEvent(event("request", { what }))).not.toContain("_");
  });

  test("nobody has written words for is still told", () => {
    expect(titleOfEvent(event("moon_landing"))).toBe("moon landing");
    expect(titleOfEvent(event("request", { what: "moon_landing" }))).toBe("Asked Asterisk to moon landing");
  });

  test("says nothing twice and nothing empty", () => {
    const detail = { what: "park", result: "ok", duration_ms: 3.2, reason: null, note: "" };
    expect(factsOfEvent(event("request", detail))).toEqual([
      ["result", "ok"],
      ["duration", "3.2 ms"],
    ]);
    expect(factsOfEvent(event("ari", { type: "StasisStart", leg: "caller" }))).toEqual([["leg", "caller"]]);
  });

  test("tells outcomes and numbers as the rest of the app does", () => {
    expect(factsOfEvent(event("ended", { outcome: "caller_hung_up" }))).toEqual([
      ["outcome", "Caller hung up"],
    ]);
    expect(factsOfEvent(event("transfer", { pii_to: "PJSIP/6001", is_attended: true }))).toEqual([
      ["to", "PJSIP/6001"],
      ["is attended", "true"],
    ]);
  });
});
