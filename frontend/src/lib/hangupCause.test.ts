import { expect, test } from "vitest";
import { causeInWords } from "./hangupCause";

test.each([
  [{ code: 17, text: "User busy", sip_status: 486 }, "User busy (17), SIP 486 Busy Here"],
  [{ code: 16, text: "Normal Clearing", sip_status: null }, "Normal Clearing (16)"],
  [{ code: 127, text: "Interworking", sip_status: 499 }, "Interworking (127), SIP 499"],
  [{ code: 0, text: "", sip_status: null }, "Cause 0"],
])("%o reads %s", (cause, words) => {
  expect(causeInWords(cause)).toBe(words);
});
