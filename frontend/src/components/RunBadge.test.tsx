import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { RunBadge } from "./RunBadge";

const talking = { state: "in_progress", live_state: "talking", outcome: null } as const;

test.each([
  [talking, "Talking"],
  [{ ...talking, live_state: "on_hold" }, "On hold"],
  [{ ...talking, live_state: "transferring" }, "Transferring"],
  [{ ...talking, live_state: null }, "Talking"],
  [{ state: "completed", live_state: null, outcome: "no_answer" }, "No answer"],
] as const)("a call's badge says %o in words", (run, words) => {
  render(<RunBadge run={run} />);
  expect(screen.getByText(words)).toBeVisible();
});
