import { Link } from "@tanstack/react-router";
import type { RunOut } from "@/client/types.gen";
import { DirectionIcon } from "@/components/DirectionIcon";
import { RunBadge } from "@/components/RunBadge";
import { type Column, Table } from "@/components/ui/Table";
import { otherNumberOf, ourNumberOf } from "@/lib/callWords";
import { formatDuration } from "@/lib/format";
import { useMayOperate } from "@/lib/permissions";
import { useNow } from "@/lib/useNow";
import { CallControls } from "./CallControls";

/** The running calls, each with its clock and, for those who may, its controls. */
export function CallTable({ calls }: { calls: readonly RunOut[] }) {
  const now = useNow();
  const mayOperate = useMayOperate();
  const columns: Column<RunOut>[] = [
    {
      header: "Other party",
      isTitle: true,
      cell: (call) => (
        <span className="inline-flex items-center gap-2">
          <DirectionIcon direction={call.direction} />
          <Link to="/runs/$runId" params={{ runId: call.id }} className="link tabular-nums wrap-anywhere">
            {otherNumberOf(call)}
          </Link>
        </span>
      ),
    },
    {
      header: "Our number",
      cell: (call) => <span className="tabular-nums wrap-anywhere">{ourNumberOf(call)}</span>,
    },
    { header: "Workflow", cell: (call) => call.workflow_name ?? "–" },
    { header: "State", cell: (call) => <RunBadge state={call.state} outcome={call.outcome} /> },
    {
      header: "Duration",
      isNumeric: true,
      cell: (call) => formatDuration(now.getTime() - new Date(call.answered_at ?? call.created_at).getTime()),
    },
  ];
  if (mayOperate) {
    columns.push({ header: "Actions", isActions: true, cell: (call) => <CallControls call={call} /> });
  }
  return <Table caption="Live calls" rows={calls} rowKey={(call) => call.id} columns={columns} />;
}
