import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { updateWorkflow } from "@/client/sdk.gen";
import type { WorkflowDefinition, WorkflowOut } from "@/client/types.gen";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";

export type Draft = {
  definition: WorkflowDefinition;
  isChanged: boolean;
  change: (definition: WorkflowDefinition) => void;
  /** Keeps what was changed; whether calls run it is decided by publishing. */
  save: () => Promise<void>;
  discard: () => void;
  isSaving: boolean;
  error: string | null;
};

/** A workflow's graph as somebody edits it, until it is saved. All tabs of the page look at the same one. */
export function useDraft(workflow: WorkflowOut): Draft {
  const queryClient = useQueryClient();
  const [edited, setEdited] = useState<WorkflowDefinition | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function save() {
    if (edited === null) return;
    setSaving(true);
    setError(null);
    try {
      await updateWorkflow({ path: { workflow_id: workflow.id }, body: { definition: edited } });
      await refresh(queryClient, "workflows");
      // What was changed while it was being saved stays changed.
      setEdited((now) => (now === edited ? null : now));
      announce("Draft saved");
    } catch (reason) {
      setError(toApiError(reason).message);
      throw reason;
    } finally {
      setSaving(false);
    }
  }

  return {
    definition: edited ?? workflow.definition,
    isChanged: edited !== null,
    change: setEdited,
    save,
    discard: () => setEdited(null),
    isSaving,
    error,
  };
}
