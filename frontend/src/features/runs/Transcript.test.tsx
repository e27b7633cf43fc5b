import { render, screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { person } from "@/testing/render";
import { turns } from "@/testing/samples";
import { Transcript } from "./Transcript";

test("a transcript says who spoke, when, and who was interrupted", () => {
  render(<Transcript turns={turns} isLive={false} position_ms={null} onSeek={null} />);
  const [agent, caller] = screen.getAllByRole("listitem");
  expect(agent).toHaveTextContent("Agent0:00interrupted by the callerHow can I help?");
  expect(caller).toHaveTextContent("Caller1:02Where is my order?");
});

test("a click on a turn plays from its first word", async () => {
  const onSeek = vi.fn();
  render(<Transcript turns={turns} isLive={false} position_ms={null} onSeek={onSeek} />);
  await person.click(screen.getByRole("button", { name: "Where is my order?" }));
  expect(onSeek).toHaveBeenCalledExactlyOnceWith(62_000);
});

test("new turns of a running call are read out", () => {
  render(<Transcript turns={turns} isLive position_ms={null} onSeek={null} />);
  const log = screen.getByRole("log", { name: "Transcript" });
  expect(log).toHaveAttribute("aria-live", "polite");
  expect(within(log).queryByRole("button")).not.toBeInTheDocument();
});

test("an empty transcript says why it is empty", () => {
  render(<Transcript turns={[]} isLive={false} position_ms={null} onSeek={null} />);
  expect(screen.getByText("Nobody spoke in this call.")).toBeVisible();
});
