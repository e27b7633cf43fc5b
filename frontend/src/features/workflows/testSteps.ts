import type { ExchangeOut, ExpectedTurn, HttpAnswer, NewWorkflowTest, TrialStep } from "@/client/types.gen";

/** A test of a conversation as it went: the same steps, values, transfers and end are expected. */
export function testOf(
  exchanges: readonly ExchangeOut[],
): Pick<NewWorkflowTest, "opening" | "steps" | "http"> {
  const [opening] = exchanges;
  const steps = exchanges.flatMap((exchange, index): TrialStep[] =>
    exchange.turn ? [{ turn: exchange.turn, expect: expectedOf(exchange, exchanges[index - 1]) }] : [],
  );
  return {
    opening: opening ? { node_id: opening.node_id } : {},
    steps,
    http: answersOf(exchanges),
  };
}

function expectedOf(exchange: ExchangeOut, before: ExchangeOut | undefined): ExpectedTurn {
  const { node_id, gathered, outcome, transfers } = exchange;
  const values = Object.entries(gathered).filter(
    ([name, value]) => before?.gathered[name] !== value && isPlain(value),
  );
  const [transfer] = transfers;
  return {
    node_id,
    ...(values.length > 0 && { gathered: Object.fromEntries(values) as ExpectedTurn["gathered"] }),
    ...(outcome !== "" && { outcome }),
    ...(transfer && { transfer_to: transfer.to }),
  };
}

/** What other programs answered, so that no test depends on them. */
function answersOf(exchanges: readonly ExchangeOut[]): Record<string, HttpAnswer> {
  const made = exchanges.flatMap(({ requests }) => requests).filter(({ source }) => source !== "none");
  return Object.fromEntries(
    made.map(({ node_id, values, failure }): [string, HttpAnswer] => {
      const plain = Object.fromEntries(Object.entries(values).filter(([, value]) => isPlain(value)));
      return [node_id, failure === "" ? { values: plain as HttpAnswer["values"] } : { failure }];
    }),
  );
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
