import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { person } from "@/testing/render";
import { quality } from "@/testing/samples";
import { QualityCard } from "./QualityCard";

test("a good call says that nothing was wrong", () => {
  render(<QualityCard quality={quality} />);
  expect(screen.getByText("Good")).toBeVisible();
  expect(screen.getByText("No trouble was measured.")).toBeVisible();
});

test("a poor call says why", () => {
  const detail = "42 gaps in the caller's audio: the network between telephone and PBX loses packets.";
  const troubles = [{ code: "gaps", severity: "poor" as const, detail }];
  render(<QualityCard quality={{ ...quality, verdict: "poor", troubles }} />);
  expect(screen.getByText("Poor")).toBeVisible();
  expect(screen.getByRole("listitem")).toHaveTextContent(detail);
});

test("the figures stand behind it, also those the PBX did not give", async () => {
  render(<QualityCard quality={{ ...quality, rtp: null }} />);
  await person.click(screen.getByText("Show the figures"));
  expect(screen.getByText("Caller's voice").nextSibling).toHaveTextContent("-24 dBFS");
  expect(screen.getByText("Network to the telephone").nextSibling).toHaveTextContent(
    "the PBX gave no figures",
  );
});
