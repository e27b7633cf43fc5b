import type { ExpectedTurn, HttpAnswer, NewWorkflowTest, WorkflowDefinition } from "@/client/types.gen";

type Values = NonNullable<ExpectedTurn["gathered"]>;
type Pairs = Readonly<Record<string, string>>;

export const emptyTest: NewWorkflowTest = {
  name: "",
  opening: {},
  steps: [{ turn: { say: "" }, expect: {} }],
};

/** Values as they are typed. */
export function pairsOf(values: Values | undefined): Pairs {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** What was typed for values that the workflow asks for: numbers and answers of yes or no are no texts. */
export function gatheredOf(pairs: Pairs | undefined, definition: WorkflowDefinition): Values | undefined {
  if (pairs === undefined) return undefined;
  const types = new Map(
    definition.nodes.flatMap((node) =>
      node.type === "start" || node.type === "agent"
        ? (node.data?.collect ?? []).map(({ name, type }): [string, string] => [name, type ?? "text"])
        : [],
    ),
  );
  return Object.fromEntries(
    Object.entries(pairs).map(([name, text]) => {
      const type = types.get(name);
      const isText = type !== undefined && type !== "number" && type !== "yes_no";
      return [name, isText ? text : plainOf(text)];
    }),
  ) as Values;
}

/** The answer of another program, as typed. */
export function answerOf(pairs: Pairs | undefined): HttpAnswer | undefined {
  if (pairs === undefined) return undefined;
  return {
    values: Object.fromEntries(
      Object.entries(pairs).map(([name, text]) => [name, plainOf(text)]),
    ) as HttpAnswer["values"],
  } as HttpAnswer;
}

/** A number, true, false or null where it is one, else the text itself. */
function plainOf(text: string): string | number | boolean | null {
  if (text === "yes") return true;
  if (text === "no") return false;
  try {
    const value: unknown = JSON.parse(text);
    return value === null || typeof value === "number" || typeof value === "boolean" ? value : text;
  } catch {
    return text;
  }
}
