import type { WorkflowDefinition, WorkflowNode } from "@/client/types.gen";

export type Spoken = { greeting: string; farewell: string };

export const spokenByDefault: Spoken = {
  greeting: "Hello {{caller_name | there}}, how can I help?",
  farewell: "Goodbye.",
};

const START = "start";
const END = "end";

function sayOf(nodes: readonly WorkflowNode[], type: WorkflowNode["type"]): string {
  return nodes.find((node) => node.type === type && node.data?.say)?.data?.say ?? "";
}

/** The first and the last words of a workflow: what its start and its first speaking end say. */
export function spokenOf({ nodes }: WorkflowDefinition): Spoken {
  return { greeting: sayOf(nodes, START), farewell: sayOf(nodes, END) };
}

/** A conversation with one exit: it greets, listens, and leaves with the farewell. */
export function newDefinition({ greeting, farewell }: Spoken): WorkflowDefinition {
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
export function withSpoken(
  definition: WorkflowDefinition,
  { greeting, farewell }: Spoken,
): WorkflowDefinition {
  const { nodes } = definition;
  const ends = nodes.filter((node) => node.type === END);
  const speakingEnd = ends.find((node) => node.data?.say) ?? ends[0];
  const spoken = nodes.map((node): WorkflowNode => {
    if (node.type === START) return { ...node, data: { ...node.data, say: greeting } };
    if (node.type === END && node === speakingEnd) return { ...node, data: { ...node.data, say: farewell } };
    return node;
  });
  if (speakingEnd === undefined && farewell !== "") {
    const ids = new Set(nodes.map((node) => node.id));
    const id = ids.has("bye") ? `bye-${ids.size}` : "bye";
    spoken.push({ id, type: END, data: { say: farewell, outcome: "completed" } });
  }
  return { ...definition, nodes: spoken };
}
