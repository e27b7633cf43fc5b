import { expect, test } from "vitest";
import { formatDuration, formatLatency, formatOffset, formatRelative, plural } from "./format";

test.each([
  [0, "0:00"],
  [59_999, "0:59"],
  [61_000, "1:01"],
  [3_661_000, "1:01:01"],
  [-5_000, "0:00"],
])("a duration of %i ms reads %s", (duration_ms, text) => {
  expect(formatDuration(duration_ms)).toBe(text);
});

test("an offset keeps its milliseconds", () => {
  expect(formatOffset(3_250)).toBe("0:03.250");
  expect(formatOffset(59_999.6)).toBe("1:00.000");
});

test("a latency changes its unit at one second", () => {
  expect(formatLatency(940.4)).toBe("940 ms");
  expect(formatLatency(1_240)).toBe("1.2 s");
});

test.each([
  ["2026-01-02T03:04:04Z", "just now"],
  ["2026-01-02T03:03:35Z", "30 seconds ago"],
  ["2026-01-02T03:05:05Z", "in 1 minute"],
  ["2026-01-01T03:04:05Z", "yesterday"],
])("%s reads %s", (at, text) => {
  expect(formatRelative(new Date(at), new Date("2026-01-02T03:04:05Z"))).toBe(text);
});

test("a count agrees with its noun", () => {
  expect(plural(1, "phone number")).toBe("1 phone number");
  expect(plural(0, "phone number")).toBe("0 phone numbers");
});
