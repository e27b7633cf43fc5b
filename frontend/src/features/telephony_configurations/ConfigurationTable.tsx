import { Link } from "@tanstack/react-router";
import type { TelephonyConfigurationOut } from "@/client/types.gen";
import { Table } from "@/components/ui/Table";
import { StatusBadge } from "./StatusBadge";

/** `pbx.example.com:8088` of `http://pbx.example.com:8088/prefix`. */
function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
}

/** The PBXs and how their connections stand. */
export function ConfigurationTable({ rows }: { rows: readonly TelephonyConfigurationOut[] }) {
  return (
    <Table
      caption="Telephony configurations"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          header: "Name",
          isTitle: true,
          cell: (row) => (
            <Link
              to="/telephony-configurations/$configurationId"
              params={{ configurationId: row.id }}
              className="link wrap-anywhere"
            >
              {row.name}
            </Link>
          ),
        },
        {
          header: "PBX host",
          cell: (row) => <span className="wrap-anywhere">{hostOf(row.ari_endpoint)}</span>,
        },
        {
          header: "Status",
          cell: ({ status }) => (
            <span className="inline-flex flex-col items-end gap-1 md:items-start">
              <StatusBadge state={status.state} next_attempt_at={status.next_attempt_at} />
              {status.state !== "connected" && status.reason && (
                <span className="max-w-72 text-xs text-muted">{status.reason}</span>
              )}
            </span>
          ),
        },
        { header: "Numbers", isNumeric: true, cell: (row) => row.phone_number_count },
        { header: "Active calls", isNumeric: true, cell: (row) => row.status.active_calls },
      ]}
    />
  );
}
