import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Direction, EndedBy, RunDetail } from "@/client/types.gen";
import { Card } from "@/components/ui/Card";
import { CopyButton } from "@/components/ui/CopyButton";
import { callerOf } from "@/lib/callWords";
import { formatAbsolute, formatDuration } from "@/lib/format";
import { causeInWords } from "@/lib/hangupCause";

const endedBy: Record<Exclude<EndedBy, "caller">, string> = {
  agent: "The agent",
  system: "Asisso",
  operator: "An operator",
  pbx: "The PBX",
  target: "Whom the caller was put through to",
};

/** The caller of an outbound call is us, and the one who ends it whom we called. */
function enderOf(ender: EndedBy, direction: Direction): string {
  if (ender !== "caller") return endedBy[ender];
  return direction === "inbound" ? "The caller" : "Whom we called";
}

/** Who called whom, when, for how long, and how it ended. */
export function RunFacts({ run }: { run: RunDetail }) {
  return (
    <Card title="Call">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 lg:grid-cols-2">
        <Fact name="From">{callerOf(run)}</Fact>
        <Fact name="To">{run.to}</Fact>
        <Fact name="Direction">{run.direction === "inbound" ? "Inbound" : "Outbound"}</Fact>
        <Fact name="Started">{formatAbsolute(new Date(run.created_at))}</Fact>
        <Fact name="Duration">{run.duration_ms === null ? "–" : formatDuration(run.duration_ms)}</Fact>
        <Fact name="Ended by">{run.ended_by ? enderOf(run.ended_by, run.direction) : "–"}</Fact>
        <Fact name="Hang-up cause">{run.hangup_cause ? causeInWords(run.hangup_cause) : "–"}</Fact>
        <Fact name="Workflow">
          <WorkflowName run={run} />
        </Fact>
        <Fact name="Telephony configuration">
          <ConfigurationName run={run} />
        </Fact>
      </dl>
      <div className="mt-4 flex flex-wrap items-center gap-2 border-t border-line pt-4">
        <code className="font-mono text-xs wrap-anywhere text-muted">{run.id}</code>
        <CopyButton text={run.id} what="the run id" />
      </div>
    </Card>
  );
}

function WorkflowName({ run }: { run: RunDetail }) {
  if (run.workflow_id === null) return "–";
  return (
    <>
      <Link to="/workflows/$workflowId" params={{ workflowId: run.workflow_id }} className="link">
        {run.workflow_name ?? "Workflow"}
      </Link>
      {run.workflow_version !== null && <span className="text-muted"> version {run.workflow_version}</span>}
    </>
  );
}

function ConfigurationName({ run }: { run: RunDetail }) {
  if (run.telephony_configuration_id === null) return "–";
  return (
    <Link
      to="/telephony-configurations/$configurationId"
      params={{ configurationId: run.telephony_configuration_id }}
      className="link"
    >
      {run.telephony_configuration_name ?? "Telephony configuration"}
    </Link>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="mt-0.5 font-medium wrap-anywhere tabular-nums">{children}</dd>
    </div>
  );
}
