import { useId, useMemo } from "react";
import type { WorkflowDefinition } from "@/client/types.gen";
import { edgesOf, labelOfType } from "./graph";
import { BOX, drawingOf, type Line } from "./layout";

const LONGEST_NAME = 19;

type GraphDrawingProps = {
  definition: WorkflowDefinition;
  /** Steps with something wrong. */
  faulty: ReadonlySet<string>;
  onOpen: (nodeId: string) => void;
};

/** The steps and the ways between them as a picture; the list beside it says the same in words. */
export function GraphDrawing({ definition, faulty, onOpen }: GraphDrawingProps) {
  const drawing = useMemo(() => drawingOf(definition), [definition]);
  const arrow = useId();
  const steps = definition.nodes.length;
  const ways = edgesOf(definition).length;
  const types = new Map(definition.nodes.map(({ id, type }) => [id, type]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section tabIndex={0} aria-label="Drawing of the conversation" className="overflow-x-auto rounded-lg">
      <svg
        role="img"
        aria-label={`${steps} steps and ${ways} ways between them. The list of steps says the same in words.`}
        width={drawing.width}
        height={drawing.height}
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
        className="max-w-none"
      >
        <defs>
          <marker
            id={arrow}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0 L8 4 L0 8 z" className="fill-line-strong" />
          </marker>
        </defs>
        {drawing.lines.map((line) => (
          <path
            key={line.id}
            d={pathOf(line)}
            markerEnd={`url(#${arrow})`}
            strokeDasharray={line.isBack ? "4 4" : undefined}
            className="fill-none stroke-line-strong"
          />
        ))}
        {drawing.boxes.map(({ id, x, y }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: a short cut for the mouse; the list opens steps too
          <g
            key={id}
            transform={`translate(${x} ${y})`}
            onClick={() => onOpen(id)}
            className="cursor-pointer"
          >
            <rect
              width={BOX.width}
              height={BOX.height}
              rx={10}
              className={`fill-sunken ${faulty.has(id) ? "stroke-bad" : "stroke-line-strong"}`}
              strokeWidth={faulty.has(id) ? 2 : 1}
            />
            <text x={12} y={18} className="fill-ink text-xs font-semibold">
              {id.length > LONGEST_NAME ? `${id.slice(0, LONGEST_NAME - 1)}…` : id}
            </text>
            <text x={12} y={34} className="fill-muted text-[11px]">
              {labelOfType(types.get(id) ?? "agent")}
              {faulty.has(id) && " · to put right"}
            </text>
          </g>
        ))}
      </svg>
    </section>
  );
}

function pathOf({ from, to, isBack }: Line): string {
  if (from.id === to.id) {
    const x = from.x + BOX.width - 30;
    return `M${x} ${from.y} c-6 -16 26 -16 20 0`;
  }
  const y1 = from.y + BOX.height / 2;
  const y2 = to.y + BOX.height / 2;
  if (!isBack) {
    const x1 = from.x + BOX.width;
    const half = (to.x - x1) / 2;
    return `M${x1} ${y1} C${x1 + half} ${y1} ${to.x - half} ${y2} ${to.x} ${y2}`;
  }
  // Back to an earlier column: out below and in from below.
  const low = Math.max(from.y, to.y) + BOX.height + 14;
  const x1 = from.x + BOX.width / 2;
  const x2 = to.x + BOX.width / 2;
  return `M${x1} ${from.y + BOX.height} C${x1} ${low} ${x2} ${low} ${x2} ${to.y + BOX.height}`;
}
