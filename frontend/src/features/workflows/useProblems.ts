import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { validateWorkflow } from "@/client/sdk.gen";
import type { ProblemOut, WorkflowDefinition } from "@/client/types.gen";

const PAUSE_MS = 400;
const NONE: readonly ProblemOut[] = [];

/** What the server finds wrong with a graph, a moment after it was changed. */
export function useProblems(workflowId: string, definition: WorkflowDefinition): readonly ProblemOut[] {
  const [looked, setLooked] = useState(definition);

  useEffect(() => {
    const timer = setTimeout(() => setLooked(definition), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [definition]);

  const query = useQuery({
    queryKey: ["workflow-problems", workflowId, looked],
    queryFn: async ({ signal }) => {
      const path = { workflow_id: workflowId };
      const { data } = await validateWorkflow({ path, body: { definition: { ...looked } }, signal });
      return data.problems;
    },
    placeholderData: keepPreviousData,
  });
  return query.data ?? NONE;
}
