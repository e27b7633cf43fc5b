import { useQuery } from "@tanstack/react-query";
import { listWorkflowsOptions } from "@/client/@tanstack/react-query.gen";
import type { WorkflowOut } from "@/client/types.gen";

const MOST_CHOICES = 200;

/** The workflows a number can be given. */
export function useWorkflowChoices(): readonly Pick<WorkflowOut, "id" | "name">[] {
  const query = useQuery(listWorkflowsOptions({ query: { limit: MOST_CHOICES } }));
  return query.data?.items ?? [];
}
