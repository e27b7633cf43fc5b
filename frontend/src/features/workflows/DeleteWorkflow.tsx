import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { deleteWorkflow } from "@/client/sdk.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";

/** Deletes a workflow that no phone number uses. */
export function DeleteWorkflow({ workflow }: { workflow: WorkflowOut }) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();

  async function remove() {
    await deleteWorkflow({ path: { workflow_id: workflow.id } });
    announce(`Deleted ${workflow.name}`);
    await navigate({ to: "/workflows" });
    await refresh(queryClient, "workflows");
  }

  return (
    <ConfirmDialog
      title={`Delete ${workflow.name}?`}
      confirmLabel="Delete"
      onConfirm={remove}
      trigger={
        <Button>
          <Trash2 aria-hidden className="size-4" />
          Delete workflow
        </Button>
      }
    >
      <p>All of its versions are deleted. A workflow that still answers a phone number is kept.</p>
    </ConfirmDialog>
  );
}
