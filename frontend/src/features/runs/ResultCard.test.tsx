import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { run } from "@/testing/samples";
import { ResultCard } from "./ResultCard";

const done = {
  ...run,
  gathered: { order_number: "4711", is_urgent: true },
  node_id: "tell",
  summary: "The caller asked for order 4711.",
  disposition: "order status",
  analysis: "done" as const,
};

test("what came of a call stands together", () => {
  render(<ResultCard run={done} />);
  expect(screen.getByText("The caller asked for order 4711.")).toBeVisible();
  expect(screen.getByText("order status")).toBeVisible();
  expect(screen.getByText("order_number").nextSibling).toHaveTextContent("4711");
  expect(screen.getByText("is_urgent").nextSibling).toHaveTextContent("true");
  expect(screen.getByText(/The conversation ended at/)).toHaveTextContent("tell");
});

test("while the call goes on, it says how far it has come", () => {
  render(<ResultCard run={{ ...run, state: "in_progress", node_id: "order" }} />);
  expect(screen.getByText(/The conversation is at/)).toHaveTextContent("order");
  expect(screen.getByText("The caller has given no values yet.")).toBeVisible();
});

test("a summary that is being made, and why it takes longer", () => {
  const problem = "The language model has too much to do (429).";
  render(<ResultCard run={{ ...run, analysis: "pending", analysis_problem: problem }} />);
  expect(screen.getByRole("status")).toHaveTextContent("A language model is reading the call.");
  expect(screen.getByRole("status")).toHaveTextContent(problem);
});

test("a summary that could not be made gives the reason", () => {
  render(<ResultCard run={{ ...run, analysis: "failed", analysis_problem: "Check api_key." }} />);
  expect(screen.getByText(/The call was not summed up/)).toHaveTextContent("Check api_key.");
});
