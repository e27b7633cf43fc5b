import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PhoneOff } from "lucide-react";
import { hangUpCall } from "@/client/sdk.gen";
import type { RunOut } from "@/client/types.gen";
import { RunBadge } from "@/components/RunBadge";
import { Button } from "@/components/ui/Button";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { Table } from "@/components/ui/Table";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { formatDuration } from "@/lib/format";
import { useNow } from "@/lib/useNow";

/** The running calls, each with its clock and a way to end it. */
export function CallTable({ calls }: { calls: readonly RunOut[] }) {
  const now = useNow();
  return (
    <Table
      caption="Live calls"
      rows={calls}
      rowKey={(call) => call.id}
      columns={[
        {
          header: "Caller",
          isTitle: true,
          cell: (call) => (
            <Link to="/runs/$runId" params={{ runId: call.id }} className="link tabular-nums wrap-anywhere">
              {call.from || "Unknown"}
            </Link>
          ),
        },
        { header: "Called", cell: (call) => <span className="tabular-nums">{call.to}</span> },
        { header: "Workflow", cell: (call) => call.workflow_name ?? "–" },
        { header: "State", cell: (call) => <RunBadge state={call.state} outcome={call.outcome} /> },
        {
          header: "Duration",
          isNumeric: true,
          cell: (call) =>
            formatDuration(now.getTime() - new Date(call.answered_at ?? call.created_at).getTime()),
        },
        { header: "Actions", isActions: true, cell: (call) => <HangUp call={call} /> },
      ]}
    />
  );
}

function HangUp({ call }: { call: RunOut }) {
  const queryClient = useQueryClient();
  const caller = call.from || "an unknown caller";

  async function hangUp() {
    await hangUpCall({ path: { run_id: call.id } });
    announce(`Hanging up the call of ${caller}`);
    await refresh(queryClient, "calls");
  }

  return (
    <ConfirmDialog
      title={`Hang up the call of ${caller}?`}
      confirmLabel="Hang up now"
      onConfirm={hangUp}
      trigger={
        <Button size="small" className="ml-auto">
          <PhoneOff aria-hidden className="size-3.5" />
          Hang up
        </Button>
      }
    >
      <p>The caller is cut off at once. What was said so far stays in the run.</p>
    </ConfirmDialog>
  );
}
