import { describe, expect, test } from "vitest";
import type { WorkflowDefinition } from "@/client/types.gen";
import { agentOfKind } from "./agentKinds";
import { newDefinition, spokenOf, withSpoken } from "./definition";

const drawn: WorkflowDefinition & { note: string } = {
  nodes: [
    { id: "hello", type: "start", data: { say: "Hello.", prompt: "Be kind." }, position: { x: 1, y: 2 } },
    { id: "order", type: "agent", data: { say: "Which order?" } },
    { id: "dropped", type: "end", data: { outcome: "completed" } },
    { id: "bye", type: "end", data: { say: "Bye.", outcome: "completed" } },
  ],
  edges: [{ id: "e1", source: "hello", target: "order", data: { digits: "1" } }],
  note: "drawn by hand",
};

describe("the words of a workflow", () => {
  test("are what its start and its speaking end say", () => {
    expect(spokenOf(drawn)).toEqual({ greeting: "Hello.", farewell: "Bye." });
  });

  test("change without touching anything else", () => {
    const changed = withSpoken(drawn, { greeting: "Welcome.", farewell: "See you." });
    expect(spokenOf(changed)).toEqual({ greeting: "Welcome.", farewell: "See you." });
    expect(withSpoken(changed, spokenOf(drawn))).toEqual(drawn);
  });

  test("get an end of their own where there is none", () => {
    const endless: WorkflowDefinition = {
      nodes: [{ id: "bye", type: "start", data: { say: "Hello." } }],
      edges: [],
    };
    const ended = withSpoken(endless, { greeting: "Hello.", farewell: "Bye." });
    expect(spokenOf(ended).farewell).toBe("Bye.");
    const ids = ended.nodes.map((node) => node.id);
    expect(new Set(ids).size).toBe(2);
  });

  test("survive the making of a new workflow", () => {
    const spoken = { greeting: "Hello.", farewell: "Bye." };
    expect(spokenOf(newDefinition(spoken))).toEqual(spoken);
  });
});

describe("another agent", () => {
  test("keeps what every agent understands and drops what only the old one did", () => {
    const agent = { kind: "embedded", language: "en", max_duration_s: 60, recording: "off" };
    expect(agentOfKind(agent, "echo")).toEqual({ kind: "echo", max_duration_s: 60, recording: "off" });
  });

  test("of the same kind is the same agent", () => {
    const agent = { kind: "embedded", language: "en" };
    expect(agentOfKind(agent, "embedded")).toBe(agent);
  });
});
