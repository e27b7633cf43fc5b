import { useQuery } from "@tanstack/react-query";
import { listWorkflowsOptions } from "@/client/@tanstack/react-query.gen";
import type { WorkflowOut } from "@/client/types.gen";

const MOST_CHOICES = 200;

/** The workflows to choose from; undefined until they are known. */
export function useWorkflowChoices(): readonly Pick<WorkflowOut, "id" | "name">[] | undefined {
  const query = useQuery(listWorkflowsOptions({ query: { limit: MOST_CHOICES } }));
  return query.data?.items;
}
