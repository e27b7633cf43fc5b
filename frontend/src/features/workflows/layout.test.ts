import { expect, test } from "vitest";
import type { WorkflowDefinition } from "@/client/types.gen";
import { BOX, drawingOf } from "./layout";

function graph(ways: string): WorkflowDefinition {
  const edges = ways
    .split(" ")
    .filter(Boolean)
    .map((way, index) => {
      const [source = "", target = ""] = way.split(">");
      return { id: `e${index}`, source, target };
    });
  const ids = new Set(["start", ...edges.flatMap(({ source, target }) => [source, target])]);
  return { nodes: [...ids].map((id) => ({ id, type: id === "start" ? "start" : "agent" })), edges };
}

const columns = (definition: WorkflowDefinition) => {
  const xs = [...new Set(drawingOf(definition).boxes.map(({ x }) => x))].sort((a, b) => a - b);
  return xs.map((column) =>
    drawingOf(definition)
      .boxes.filter(({ x }) => x === column)
      .map(({ id }) => id),
  );
};

test("each step stands one column behind the nearest that leads to it", () => {
  expect(columns(graph("start>a start>b a>c b>c c>d start>d"))).toEqual([["start"], ["a", "b", "d"], ["c"]]);
});

test("circles and steps that nothing leads to are drawn too", () => {
  expect(columns(graph("start>a a>start b>b c>d"))).toEqual([["start", "b", "c"], ["a"], ["d"]]);
});

test("no box lies upon another, and all lie in the picture", () => {
  const { boxes, width, height } = drawingOf(graph("start>a start>b start>c a>d b>d c>e"));
  for (const one of boxes) {
    expect(one.x).toBeGreaterThanOrEqual(0);
    expect(one.x + BOX.width).toBeLessThanOrEqual(width);
    expect(one.y + BOX.height).toBeLessThanOrEqual(height);
    for (const other of boxes)
      if (one !== other && one.x === other.x)
        expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(BOX.height);
  }
});

test("a way to nowhere is left out of the drawing", () => {
  const definition = graph("start>a");
  const broken = { ...definition, nodes: definition.nodes.slice(0, 1) };
  expect(drawingOf(broken).lines).toEqual([]);
});
