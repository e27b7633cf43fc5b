import { expect, test } from "vitest";
import { callerOf, otherNumberOf, ourNumberOf, partyOf, titleOf } from "./callWords";

const inbound = { direction: "inbound", from: "6001", to: "8000" } as const;
const outbound = { direction: "outbound", from: "8000", to: "6001" } as const;

test("the party is whoever the agent talks with", () => {
  expect(partyOf(inbound)).toBe("6001");
  expect(partyOf({ ...inbound, from: "" })).toBe("an unknown caller");
  expect(partyOf(outbound)).toBe("6001");
});

test("each call has a number of ours and one of the other party", () => {
  expect(otherNumberOf(inbound)).toBe("6001");
  expect(otherNumberOf({ ...inbound, from: "" })).toBe("Unknown");
  expect(otherNumberOf(outbound)).toBe("6001");
  expect(ourNumberOf(inbound)).toBe("8000");
  expect(ourNumberOf(outbound)).toBe("8000");
  expect(ourNumberOf({ ...outbound, from: "" })).toBe("No caller ID");
});

test("a call is named by who called whom", () => {
  expect(titleOf(inbound)).toBe("Call from 6001 to 8000");
  expect(titleOf({ ...inbound, from: "" })).toBe("Call from an unknown caller to 8000");
  expect(titleOf(outbound)).toBe("Call to 6001 as 8000");
  expect(titleOf({ ...outbound, from: "" })).toBe("Call to 6001");
});

test("a caller without a number is unknown, an outbound call just shows none", () => {
  expect(callerOf({ ...inbound, from: "" })).toBe("Unknown");
  expect(callerOf({ ...outbound, from: "" })).toBe("No caller ID");
});
