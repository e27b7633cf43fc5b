import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createWorkflowTest } from "@/client/sdk.gen";
import type { TalkOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";
import { testOf } from "./testSteps";

type KeepAsTestProps = { workflowId: string; talk: TalkOut; context: Record<string, unknown> };

/** Makes a test of a conversation that went well: from now on it must go the same way. */
export function KeepAsTest({ workflowId, talk, context }: KeepAsTestProps) {
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string | undefined>();
  if (talk.exchanges.length < 2) return null;

  async function keep(event: FormEvent) {
    event.preventDefault();
    setPending(true);
    setError(undefined);
    try {
      const body = { name, context, ...testOf(talk.exchanges) };
      await createWorkflowTest({ path: { workflow_id: workflowId }, body });
      announce(`Kept as the test ${name}`);
      setName("");
      await refresh(queryClient, "workflow-tests");
    } catch (reason) {
      setError(toApiError(reason).message);
    } finally {
      setPending(false);
    }
  }

  return (
    <Card title="Keep as a test">
      <form onSubmit={keep} aria-label="Keep as a test" className="flex flex-col gap-3">
        <Field
          label="Name of the test"
          error={error}
          help="It is run before the workflow is published: the same steps and values must come of it."
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              maxLength={100}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <Button type="submit" className="self-start" isPending={isPending} disabled={name.trim() === ""}>
          Keep as a test
        </Button>
      </form>
    </Card>
  );
}
