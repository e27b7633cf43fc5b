import type { EdgeData, WorkflowDefinition, WorkflowEdge, WorkflowNode } from "@/client/types.gen";

export type NodeType = WorkflowNode["type"];
export type NodeData = NonNullable<WorkflowNode["data"]>;

/** What people call each type of step, and what it is for. */
export const nodeTypes: readonly { type: NodeType; label: string; help: string }[] = [
  { type: "start", label: "Start", help: "Where every call begins." },
  { type: "agent", label: "Conversation", help: "Says something, and may ask for values." },
  { type: "http", label: "HTTP request", help: "Asks another program." },
  { type: "transfer", label: "Transfer", help: "Puts the caller through to somebody." },
  { type: "end", label: "End", help: "Says the last words and hangs up." },
  { type: "global", label: "Everywhere", help: "Rules and ways on that hold in every step." },
];

export function labelOfType(type: NodeType): string {
  return nodeTypes.find((one) => one.type === type)?.label ?? type;
}

export function edgesOf({ edges }: WorkflowDefinition): readonly WorkflowEdge[] {
  return edges ?? [];
}

export function edgesFrom(definition: WorkflowDefinition, nodeId: string): readonly WorkflowEdge[] {
  return edgesOf(definition).filter(({ source }) => source === nodeId);
}

function freeId(taken: readonly string[], word: string): string {
  if (!taken.includes(word)) return word;
  let number = 2;
  while (taken.includes(`${word}${number}`)) number += 1;
  return `${word}${number}`;
}

/** With one more step; `id` is its name. */
export function withNode(
  definition: WorkflowDefinition,
  type: NodeType,
): { definition: WorkflowDefinition; id: string } {
  const words: Record<NodeType, string> = {
    start: "start",
    agent: "step",
    http: "request",
    transfer: "transfer",
    end: "end",
    global: "everywhere",
  };
  const ids = definition.nodes.map(({ id }) => id);
  const id = freeId(ids, words[type]);
  return { definition: { ...definition, nodes: [...definition.nodes, { id, type } as WorkflowNode] }, id };
}

/** Without a step and the ways that lead to it and from it. */
export function withoutNode(definition: WorkflowDefinition, id: string): WorkflowDefinition {
  return {
    ...definition,
    nodes: definition.nodes.filter((node) => node.id !== id),
    edges: edgesOf(definition).filter(({ source, target }) => source !== id && target !== id),
  };
}

/** With another name for a step, wherever it is named; unchanged when the name is taken or none. */
export function withRenamed(definition: WorkflowDefinition, id: string, name: string): WorkflowDefinition {
  if (name === "" || definition.nodes.some((node) => node.id === name)) return definition;
  const renamed = (one: string) => (one === id ? name : one);
  return {
    ...definition,
    nodes: definition.nodes.map((node) => ({ ...node, id: renamed(node.id) })),
    edges: edgesOf(definition).map((edge) => ({
      ...edge,
      source: renamed(edge.source),
      target: renamed(edge.target),
    })),
  };
}

/** With another value in a step; an undefined one is left out, so that it is as usual. */
export function withData(
  definition: WorkflowDefinition,
  id: string,
  changes: Readonly<Record<string, unknown>>,
): WorkflowDefinition {
  const nodes = definition.nodes.map((node) =>
    node.id === id ? ({ ...node, data: changed(node.data, changes) } as WorkflowNode) : node,
  );
  return { ...definition, nodes };
}

export function withEdge(definition: WorkflowDefinition, source: string, target: string): WorkflowDefinition {
  const edges = edgesOf(definition);
  const id = freeId(
    edges.map((edge) => edge.id),
    `${source}-${target}`,
  );
  return { ...definition, edges: [...edges, { id, source, target }] };
}

export function withoutEdge(definition: WorkflowDefinition, id: string): WorkflowDefinition {
  return { ...definition, edges: edgesOf(definition).filter((edge) => edge.id !== id) };
}

export function withTarget(definition: WorkflowDefinition, id: string, target: string): WorkflowDefinition {
  const edges = edgesOf(definition).map((edge) => (edge.id === id ? { ...edge, target } : edge));
  return { ...definition, edges };
}

export function withEdgeData(
  definition: WorkflowDefinition,
  id: string,
  changes: Partial<EdgeData>,
): WorkflowDefinition {
  const edges = edgesOf(definition).map((edge) =>
    edge.id === id ? { ...edge, data: changed(edge.data, changes) as EdgeData } : edge,
  );
  return { ...definition, edges };
}

function changed(data: object | undefined, changes: object): object {
  return Object.fromEntries(
    Object.entries({ ...data, ...changes }).filter(([, value]) => value !== undefined),
  );
}
