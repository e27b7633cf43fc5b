import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { publishWorkflow } from "@/client/sdk.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { type ApiError, toApiError } from "@/lib/apiError";
import type { Draft } from "./useDraft";

/** Refusals that `force` gets past: the tests said no, or nobody could ask them. */
const FORCEABLE = ["tests_failed", "models_not_ready", "trial_took_too_long", "no_capacity"];

/** Lets calls run the draft; what is not saved yet is saved first. */
export function usePublish(workflow: WorkflowOut, draft: Draft) {
  const queryClient = useQueryClient();
  const [isPending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<ApiError | null>(null);

  async function publish(force: boolean) {
    setPending(true);
    setRefusal(null);
    try {
      await draft.save();
      const { data } = await publishWorkflow({ path: { workflow_id: workflow.id }, body: { force } });
      announce(`Published ${workflow.name}, version ${data.version}`);
      await refresh(queryClient, "workflows");
    } catch (reason) {
      setRefusal(toApiError(reason));
    } finally {
      setPending(false);
    }
  }

  return {
    isPending,
    refusal,
    mayForce: refusal !== null && FORCEABLE.includes(refusal.code),
    publish,
    forget: () => setRefusal(null),
  };
}
