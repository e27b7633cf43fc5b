import type { WorkflowDefinition } from "@/client/types.gen";
import { edgesOf } from "./graph";

export const BOX = { width: 148, height: 44 };
const GAP = { x: 64, y: 22 };
const MARGIN = 20;

export type Box = { id: string; x: number; y: number };
export type Line = { id: string; from: Box; to: Box; isBack: boolean };
export type Drawing = { boxes: Box[]; lines: Line[]; width: number; height: number };

/**
 * Where each step is drawn: one column further to the right than the nearest step that leads to it, in the order in
 * which the ways lead there. What nothing leads to stands in the first column.
 */
export function drawingOf(definition: WorkflowDefinition): Drawing {
  const columns = columnsOf(definition);
  const boxes = new Map<string, Box>();
  const tallest = Math.max(1, ...columns.map((column) => column.length));
  const height = 2 * MARGIN + tallest * BOX.height + (tallest - 1) * GAP.y;
  columns.forEach((column, index) => {
    const own = column.length * BOX.height + (column.length - 1) * GAP.y;
    column.forEach((id, row) => {
      boxes.set(id, {
        id,
        x: MARGIN + index * (BOX.width + GAP.x),
        y: (height - own) / 2 + row * (BOX.height + GAP.y),
      });
    });
  });
  const lines = edgesOf(definition).flatMap(({ id, source, target }): Line[] => {
    const from = boxes.get(source);
    const to = boxes.get(target);
    return from && to ? [{ id, from, to, isBack: to.x <= from.x }] : [];
  });
  const width = 2 * MARGIN + columns.length * BOX.width + Math.max(0, columns.length - 1) * GAP.x;
  return { boxes: [...boxes.values()], lines, width, height };
}

function columnsOf(definition: WorkflowDefinition): string[][] {
  const ids = definition.nodes.map(({ id }) => id);
  const entries = definition.nodes.filter(({ type }) => type === "start" || type === "global");
  const columns: string[][] = [];
  const placed = new Set<string>();
  let column = entries.map(({ id }) => id);
  while (column.length > 0 || placed.size < new Set(ids).size) {
    // What cannot be reached from the start begins anew, beside it.
    const isLost = column.length === 0;
    if (isLost) column = ids.filter((id) => !placed.has(id)).slice(0, 1);
    const fresh = [...new Set(column)].filter((id) => ids.includes(id) && !placed.has(id));
    for (const id of fresh) placed.add(id);
    if (isLost && columns[0]) columns[0].push(...fresh);
    else if (fresh.length > 0) columns.push(fresh);
    column = fresh
      .flatMap((id) => edgesOf(definition).filter(({ source }) => source === id))
      .map(({ target }) => target)
      .filter((id) => ids.includes(id) && !placed.has(id));
  }
  return columns;
}
