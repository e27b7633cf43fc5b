import { expect, test } from "vitest";
import type { WorkflowDefinition } from "@/client/types.gen";
import {
  edgesFrom,
  withData,
  withEdge,
  withEdgeData,
  withNode,
  withoutNode,
  withRenamed,
  withTarget,
} from "./graph";

const shop: WorkflowDefinition = {
  nodes: [
    { id: "hello", type: "start", data: { say: "Hello." } },
    { id: "step", type: "agent" },
    { id: "bye", type: "end" },
  ],
  edges: [
    { id: "e1", source: "hello", target: "step" },
    { id: "e2", source: "step", target: "bye", data: { digits: "9" } },
  ],
};

test("a new step gets a name that nobody has", () => {
  const { definition, id } = withNode(shop, "agent");
  expect(id).toBe("step2");
  expect(definition.nodes.map((node) => node.id)).toEqual(["hello", "step", "bye", "step2"]);
  expect(withNode(definition, "agent").id).toBe("step3");
});

test("a removed step takes the ways to it and from it along", () => {
  expect(withoutNode(shop, "step")).toEqual({ nodes: [shop.nodes[0], shop.nodes[2]], edges: [] });
});

test("a renamed step is found by the ways on", () => {
  const renamed = withRenamed(shop, "step", "order");
  expect(renamed.edges?.map(({ source, target }) => [source, target])).toEqual([
    ["hello", "order"],
    ["order", "bye"],
  ]);
  expect(withRenamed(shop, "step", "bye")).toBe(shop);
  expect(withRenamed(shop, "step", "")).toBe(shop);
});

test("a text that is taken away is left out", () => {
  const [hello] = withData(shop, "hello", { say: undefined, prompt: "Be kind." }).nodes;
  expect(hello).toEqual({ id: "hello", type: "start", data: { prompt: "Be kind." } });
});

test("ways on are added, led elsewhere and changed one at a time", () => {
  const more = withEdge(shop, "hello", "bye");
  expect(edgesFrom(more, "hello").map(({ id }) => id)).toEqual(["e1", "hello-bye"]);
  const changed = withEdgeData(withTarget(more, "e2", "hello"), "e2", { label: "again" });
  expect(changed.edges?.[1]).toEqual({
    id: "e2",
    source: "step",
    target: "hello",
    data: { digits: "9", label: "again" },
  });
  expect(changed.edges?.[0]).toBe(more.edges?.[0]);
});
