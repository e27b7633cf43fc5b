import { useQueryClient } from "@tanstack/react-query";
import { Rocket } from "lucide-react";
import { useState } from "react";
import { publishWorkflow } from "@/client/sdk.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { type ApiError, toApiError } from "@/lib/apiError";
import type { Draft } from "./useDraft";

/** Refusals that `force` gets past: the tests said no, or nobody could ask them. */
const FORCEABLE = ["tests_failed", "models_not_ready", "trial_took_too_long", "no_capacity"];

/** Lets calls run the draft; what is not saved yet is saved first. */
export function PublishButton({ workflow, draft }: { workflow: WorkflowOut; draft: Draft }) {
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

  return (
    <div className="flex max-w-xl min-w-0 flex-col items-start gap-3">
      <Button kind="primary" isPending={isPending} onClick={() => publish(false)}>
        <Rocket aria-hidden className="size-4" />
        Publish
      </Button>
      {refusal && (
        <Notice tone="bad">
          <p>{refusal.message}</p>
          {FORCEABLE.includes(refusal.code) && (
            <Button className="mt-2" isPending={isPending} onClick={() => publish(true)}>
              Publish anyway
            </Button>
          )}
        </Notice>
      )}
    </div>
  );
}
