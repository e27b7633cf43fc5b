/** A workflow's graph as it travels; whatever this form does not know is carried along untouched. */
export type Definition = Record<string, unknown>;

type Node = { type?: unknown; data?: Record<string, unknown> } & Record<string, unknown>;

export type Spoken = { greeting: string; farewell: string };

export const spokenByDefault: Spoken = {
  greeting: "Hello {{caller_name | there}}, how can I help?",
  farewell: "Goodbye.",
};

const START = "start";
const END = "end";

function nodesOf(definition: Definition): Node[] {
  return Array.isArray(definition.nodes) ? (definition.nodes as Node[]) : [];
}

function sayOf(nodes: readonly Node[], type: string): string {
  const says = nodes.filter((node) => node.type === type).map((node) => node.data?.say);
  const spoken = says.find((say): say is string => typeof say === "string" && say !== "");
  return spoken ?? "";
}

/** The first and the last words of a workflow: what its start and its first speaking end say. */
export function spokenOf(definition: Definition): Spoken {
  const nodes = nodesOf(definition);
  return { greeting: sayOf(nodes, START), farewell: sayOf(nodes, END) };
}

/** A conversation with one exit: it greets, listens, and leaves with the farewell. */
export function newDefinition({ greeting, farewell }: Spoken): Definition {
  return {
    nodes: [
      { id: "hello", type: START, data: { say: greeting } },
      { id: "bye", type: END, data: { say: farewell, outcome: "completed" } },
    ],
    edges: [
      {
        id: "hello-bye",
        source: "hello",
        target: "bye",
        data: { label: "goodbye", condition: "the caller says goodbye", examples: ["goodbye", "bye"] },
      },
    ],
  };
}

/** The same graph with other first and last words. */
export function withSpoken(definition: Definition, { greeting, farewell }: Spoken): Definition {
  const nodes = nodesOf(definition);
  const ends = nodes.filter((node) => node.type === END);
  const speakingEnd = ends.find((node) => node.data?.say) ?? ends[0];
  const spoken = nodes.map((node) => {
    if (node.type === START) return { ...node, data: { ...node.data, say: greeting } };
    if (node === speakingEnd) return { ...node, data: { ...node.data, say: farewell } };
    return node;
  });
  if (speakingEnd === undefined && farewell !== "") {
    const ids = new Set(nodes.map((node) => node.id));
    const id = ids.has("bye") ? `bye-${ids.size}` : "bye";
    spoken.push({ id, type: END, data: { say: farewell, outcome: "completed" } });
  }
  return { ...definition, nodes: spoken };
}
