import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, FlaskConical, Play, Plus } from "lucide-react";
import { useState } from "react";
import { listWorkflowTestsOptions } from "@/client/@tanstack/react-query.gen";
import { createWorkflowTest, runWorkflowTests, updateWorkflowTest } from "@/client/sdk.gen";
import type { NewWorkflowTest, TestResultOut, WorkflowOut, WorkflowTestOut } from "@/client/types.gen";
import { EmptyState } from "@/components/EmptyState";
import { QueryView } from "@/components/QueryView";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";
import { useMayOperate } from "@/lib/permissions";
import { TestForm } from "./TestForm";
import { TestRow } from "./TestRow";
import { emptyTest } from "./testValues";
import type { Draft } from "./useDraft";

const MOST_SHOWN = 100;
const NEW = "new";

type Results = ReadonlyMap<string, TestResultOut>;

/** The conversations a workflow must get right: kept, changed and run. */
export function WorkflowTests({ workflow, draft }: { workflow: WorkflowOut; draft: Draft }) {
  const path = { workflow_id: workflow.id };
  const queryClient = useQueryClient();
  const query = useQuery(listWorkflowTestsOptions({ path, query: { limit: MOST_SHOWN } }));
  const mayOperate = useMayOperate();
  const [editedId, setEditedId] = useState<string | null>(null);
  const [results, setResults] = useState<Results>(new Map());
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function run() {
    setRunning(true);
    setError(null);
    try {
      const { data } = await runWorkflowTests({ path, body: { definition: { ...draft.definition } } });
      setResults(new Map(data.results.map((result) => [result.test_id, result])));
      announce(wordsOfRun(data.results));
    } catch (reason) {
      setError(toApiError(reason).message);
    } finally {
      setRunning(false);
    }
  }

  async function keep(test: NewWorkflowTest) {
    if (editedId === NEW) await createWorkflowTest({ path, body: test });
    else if (editedId) await updateWorkflowTest({ path: { ...path, test_id: editedId }, body: test });
    setEditedId(null);
    setResults(new Map());
    announce(`Saved the test ${test.name}`);
    await refresh(queryClient, "workflow-tests");
  }

  const add = mayOperate && (
    <Button onClick={() => setEditedId(NEW)}>
      <Plus aria-hidden className="size-4" />
      Add a test
    </Button>
  );
  const form = (test: NewWorkflowTest) => (
    <TestForm test={test} definition={draft.definition} onSave={keep} onCancel={() => setEditedId(null)} />
  );
  return (
    <Card
      title="Tests"
      description="Conversations that must go as written here. They are run before the workflow is published."
      isFlush
      actions={
        mayOperate &&
        (query.data?.items.length ?? 0) > 0 && (
          <>
            {add}
            <Button kind="primary" isPending={isRunning} onClick={run}>
              <Play aria-hidden className="size-4" />
              Run all
            </Button>
          </>
        )
      }
    >
      {error && (
        <div className="p-4 sm:px-5">
          <Notice tone="bad">{error}</Notice>
        </div>
      )}
      {results.size > 0 && <Outcome results={results} />}
      {editedId === NEW && <div className="border-b border-line p-4 sm:p-5">{form(emptyTest)}</div>}
      <QueryView query={query} skeleton={<SkeletonRows />}>
        {({ items }) =>
          items.length === 0 ? (
            editedId !== NEW && (
              <EmptyState icon={FlaskConical} title="No tests yet" action={add}>
                Try the workflow, and keep a conversation that went well as a test; or write one here.
              </EmptyState>
            )
          ) : (
            <ul className="divide-y divide-line">
              {items.map((test: WorkflowTestOut) => (
                <li key={test.id} className="px-4 py-3.5 sm:px-5">
                  {editedId === test.id ? (
                    form(test)
                  ) : (
                    <TestRow
                      workflowId={workflow.id}
                      test={test}
                      result={results.get(test.id)}
                      definition={draft.definition}
                      onEdit={() => setEditedId(test.id)}
                    />
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Card>
  );
}

function Outcome({ results }: { results: Results }) {
  const failed = [...results.values()].filter(({ passed }) => !passed).length;
  return (
    <div className="border-b border-line px-4 py-3 sm:px-5">
      <Badge tone={failed === 0 ? "ok" : "bad"} icon={failed === 0 ? CircleCheck : CircleX}>
        {wordsOfRun([...results.values()])}
      </Badge>
    </div>
  );
}

function wordsOfRun(results: readonly TestResultOut[]): string {
  const failed = results.filter(({ passed }) => !passed).length;
  if (failed === 0) return results.length === 1 ? "The test passes" : `All ${results.length} tests pass`;
  return `${failed} of ${results.length} tests ${failed === 1 ? "fails" : "fail"}`;
}
