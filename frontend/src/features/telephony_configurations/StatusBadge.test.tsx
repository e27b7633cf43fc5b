import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ConnectionState } from "@/client/types.gen";
import { StatusBadge } from "./StatusBadge";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-02T03:04:05Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each<[ConnectionState, string]>([
  ["connected", "Connected"],
  ["connecting", "Connecting"],
  ["retrying", "Retrying"],
  ["needs_attention", "Needs attention"],
  ["disabled", "Disabled"],
])("the state %s reads %s", (state, words) => {
  render(<StatusBadge state={state} />);
  expect(screen.getByText(words)).toBeVisible();
});

test("a retry counts down to its next attempt", () => {
  render(<StatusBadge state="retrying" next_attempt_at="2026-01-02T03:04:17Z" />);
  expect(screen.getByText("Retrying in 12 s")).toBeVisible();
  act(() => vi.advanceTimersByTime(2_000));
  expect(screen.getByText("Retrying in 10 s")).toBeVisible();
  act(() => vi.advanceTimersByTime(10_000));
  expect(screen.getByText("Retrying")).toBeVisible();
});
