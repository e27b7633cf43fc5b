import { useState } from "react";
import { talkToWorkflow } from "@/client/sdk.gen";
import type { CallerTurn, Talk, TalkOut, WorkflowDefinition } from "@/client/types.gen";
import { toApiError } from "@/lib/apiError";

type PastRequests = NonNullable<Talk["past_requests"]>;

export type Conversation = {
  talk: TalkOut | null;
  turns: readonly CallerTurn[];
  isPending: boolean;
  error: string | null;
  /** Says or presses one more thing. */
  add: (turn: CallerTurn) => Promise<boolean>;
  /** As if the last turn had not been. */
  takeBack: () => Promise<boolean>;
  restart: () => Promise<boolean>;
};

export type TalkSettings = { context: Record<string, unknown>; makesRequests: boolean };

/** A conversation in writing with a graph, saved or not. The server keeps nothing: all turns are sent each time. */
export function useTalk(
  workflowId: string,
  definition: WorkflowDefinition,
  settings: TalkSettings,
): Conversation {
  const [turns, setTurns] = useState<readonly CallerTurn[]>([]);
  const [talk, setTalk] = useState<TalkOut | null>(null);
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function play(wanted: readonly CallerTurn[], past: PastRequests): Promise<boolean> {
    setPending(true);
    setError(null);
    try {
      const { data } = await talkToWorkflow({
        path: { workflow_id: workflowId },
        body: {
          definition,
          turns: [...wanted],
          context: settings.context,
          make_requests: settings.makesRequests,
          past_requests: past,
        },
      });
      setTalk(data);
      setTurns(wanted);
      return true;
    } catch (reason) {
      setError(toApiError(reason).message);
      return false;
    } finally {
      setPending(false);
    }
  }

  return {
    talk,
    turns,
    isPending,
    error,
    add: (turn) => play([...turns, turn], pastOf(talk)),
    takeBack: () => play(turns.slice(0, -1), pastOf(talk)),
    restart: () => play([], []),
  };
}

/** The requests that were made, so that they are not made again. */
function pastOf(talk: TalkOut | null): PastRequests {
  return (talk?.exchanges ?? [])
    .flatMap(({ requests }) => requests)
    .filter(({ source }) => source === "made")
    .map(({ node_id, values, failure }) => ({ node_id, answer: { values, failure } }));
}
