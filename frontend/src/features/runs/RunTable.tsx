import { Link } from "@tanstack/react-router";
import type { RunOut } from "@/client/types.gen";
import { DirectionIcon } from "@/components/DirectionIcon";
import { RelativeTime } from "@/components/RelativeTime";
import { RunBadge } from "@/components/RunBadge";
import { Table } from "@/components/ui/Table";
import { otherNumberOf, ourNumberOf } from "@/lib/callWords";
import { formatDuration } from "@/lib/format";

/** Past and running calls, one a row. */
export function RunTable({ runs }: { runs: readonly RunOut[] }) {
  return (
    <Table
      caption="Runs"
      rows={runs}
      rowKey={(run) => run.id}
      columns={[
        {
          header: "Other party",
          isTitle: true,
          cell: (run) => (
            <span className="inline-flex items-center gap-2">
              <DirectionIcon direction={run.direction} />
              <Link to="/runs/$runId" params={{ runId: run.id }} className="link tabular-nums wrap-anywhere">
                {otherNumberOf(run)}
              </Link>
            </span>
          ),
        },
        {
          header: "Our number",
          cell: (run) => <span className="tabular-nums wrap-anywhere">{ourNumberOf(run)}</span>,
        },
        { header: "Workflow", isDetail: true, cell: (run) => run.workflow_name ?? "–" },
        { header: "Outcome", cell: (run) => <RunBadge run={run} /> },
        {
          header: "Duration",
          isNumeric: true,
          cell: (run) => (run.duration_ms === null ? "–" : formatDuration(run.duration_ms)),
        },
        { header: "Started", cell: (run) => <RelativeTime at={run.created_at} /> },
      ]}
    />
  );
}
