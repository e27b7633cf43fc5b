import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import { deleteWorkflowTest } from "@/client/sdk.gen";
import type { TestResultOut, WorkflowDefinition, WorkflowTestOut } from "@/client/types.gen";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { useMayOperate } from "@/lib/permissions";
import { TalkLog, wordsOfTurn } from "./TalkLog";

type TestRowProps = {
  workflowId: string;
  test: WorkflowTestOut;
  result: TestResultOut | undefined;
  definition: WorkflowDefinition;
  onEdit: () => void;
};

/** A stored conversation, and how it went. */
export function TestRow({ workflowId, test, result, definition, onEdit }: TestRowProps) {
  const queryClient = useQueryClient();
  const mayOperate = useMayOperate();

  async function remove() {
    await deleteWorkflowTest({ path: { workflow_id: workflowId, test_id: test.id } });
    announce(`Deleted the test ${test.name}`);
    await refresh(queryClient, "workflow-tests");
  }

  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="flex min-w-0 flex-wrap items-center gap-2">
          <span className="font-medium wrap-anywhere">{test.name}</span>
          {result && (
            <Badge tone={result.passed ? "ok" : "bad"} icon={result.passed ? CircleCheck : CircleX}>
              {result.passed ? "passes" : "fails"}
            </Badge>
          )}
        </span>
        {mayOperate && (
          <span className="flex flex-wrap gap-2">
            <Button size="small" onClick={onEdit} aria-label={`Edit the test ${test.name}`}>
              Edit
            </Button>
            <ConfirmDialog
              title={`Delete the test ${test.name}?`}
              confirmLabel="Delete"
              onConfirm={remove}
              trigger={
                <Button size="small" aria-label={`Delete the test ${test.name}`}>
                  Delete
                </Button>
              }
            >
              <p>What it looks after is not looked after any more.</p>
            </ConfirmDialog>
          </span>
        )}
      </div>
      <p className="text-muted wrap-anywhere">
        {test.steps.length === 0
          ? "Only the first words."
          : test.steps.map(({ turn }) => wordsOfTurn(turn)).join(" · ")}
      </p>
      {result?.difference && <p className="font-medium text-bad wrap-anywhere">{result.difference.detail}</p>}
      {result && (
        <details>
          <summary className="text-xs text-muted">How it went</summary>
          <div className="mt-3 max-w-2xl">
            <TalkLog
              exchanges={result.exchanges}
              definition={definition}
              label={`Conversation of the test ${test.name}`}
            />
          </div>
        </details>
      )}
    </div>
  );
}
