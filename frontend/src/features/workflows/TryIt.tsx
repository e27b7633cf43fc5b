import { RotateCcw, Undo2 } from "lucide-react";
import { useState } from "react";
import type { WorkflowOut } from "@/client/types.gen";
import { RoleNote } from "@/components/ForRole";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { useMayOperate } from "@/lib/permissions";
import { CallFacts, type Facts } from "./CallFacts";
import { KeepAsTest } from "./KeepAsTest";
import { SayForm } from "./SayForm";
import { TalkLog } from "./TalkLog";
import { TalkState } from "./TalkState";
import type { Draft } from "./useDraft";
import { useTalk } from "./useTalk";

/** Talking to a workflow by typing: the same conversation as in a call, without a telephone. */
export function TryIt({ workflow, draft }: { workflow: WorkflowOut; draft: Draft }) {
  const [facts, setFacts] = useState<Facts>({ callerName: "", callerNumber: "", makesRequests: false });
  const context = contextOf(facts);
  const conversation = useTalk(workflow.id, draft.definition, {
    context,
    makesRequests: facts.makesRequests,
  });
  const { talk, isPending, error } = conversation;
  if (!useMayOperate())
    return (
      <Card title="Try it">
        <RoleNote>Trying a workflow needs the role operator or administrator.</RoleNote>
      </Card>
    );
  return (
    <div className="grid min-w-0 items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <Card
        title="Try it"
        description="Type what a caller says. No call is made; the steps that are followed are those of a call."
        actions={
          talk && (
            <>
              <Button
                size="small"
                disabled={isPending || conversation.turns.length === 0}
                onClick={conversation.takeBack}
              >
                <Undo2 aria-hidden className="size-3.5" />
                Take back
              </Button>
              <Button size="small" disabled={isPending} onClick={conversation.restart}>
                <RotateCcw aria-hidden className="size-3.5" />
                Start again
              </Button>
            </>
          )
        }
      >
        <div className="flex flex-col gap-4">
          {talk?.remarks.map((remark) => (
            <Notice key={remark} tone="info">
              {remark}
            </Notice>
          ))}
          {talk === null ? (
            <form
              noValidate
              className="flex flex-col gap-4"
              onSubmit={(submitted) => {
                submitted.preventDefault();
                conversation.restart();
              }}
            >
              <CallFacts facts={facts} onChange={setFacts} />
              <Button kind="primary" type="submit" className="self-start" isPending={isPending}>
                Start the conversation
              </Button>
            </form>
          ) : (
            <>
              <TalkLog exchanges={talk.exchanges} definition={draft.definition} label="Conversation" isLive />
              <SayForm conversation={conversation} talk={talk} />
            </>
          )}
          {error && <Notice tone="bad">{error}</Notice>}
        </div>
      </Card>
      {talk && (
        <div className="flex flex-col gap-5">
          <TalkState talk={talk} isPending={isPending} onTurn={conversation.add} />
          <KeepAsTest workflowId={workflow.id} talk={talk} context={context} />
        </div>
      )}
    </div>
  );
}

function contextOf({ callerName, callerNumber }: Facts): Record<string, unknown> {
  return {
    ...(callerName && { caller_name: callerName }),
    ...(callerNumber && { caller_number: callerNumber }),
  };
}
