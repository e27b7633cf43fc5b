import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { listApiKeysOptions } from "@/client/@tanstack/react-query.gen";
import { deleteApiKey } from "@/client/sdk.gen";
import type { ApiKeyOut } from "@/client/types.gen";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Table } from "@/components/ui/Table";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { roles } from "@/lib/roles";
import { CreateApiKey } from "./CreateApiKey";

const MOST_SHOWN = 200;

/** The keys programs use instead of signing in. */
export function ApiKeys() {
  const query = useQuery(listApiKeysOptions({ query: { limit: MOST_SHOWN } }));
  return (
    <Card
      isFlush
      title="API keys"
      description="Programs send a key in the X-API-Key header instead of signing in."
    >
      <QueryView query={query} skeleton={<SkeletonRows rows={2} />}>
        {({ items }) =>
          items.length > 0 ? (
            <ApiKeyTable rows={items} />
          ) : (
            <p className="px-4 py-6 text-muted sm:px-5">
              No keys yet. Create one for each program that uses the API.
            </p>
          )
        }
      </QueryView>
      <div className="border-t border-line p-4 sm:p-5">
        <CreateApiKey />
      </div>
    </Card>
  );
}

function ApiKeyTable({ rows }: { rows: readonly ApiKeyOut[] }) {
  return (
    <Table
      caption="API keys"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          header: "Name",
          isTitle: true,
          cell: (row) => <span className="font-medium wrap-anywhere">{row.name}</span>,
        },
        { header: "Key", cell: (row) => <code className="font-mono text-xs">{row.key_prefix}…</code> },
        { header: "Role", cell: (row) => roles[row.role].name },
        { header: "Created", cell: (row) => <RelativeTime at={row.created_at} /> },
        {
          header: "Last used",
          cell: (row) => (row.last_used_at ? <RelativeTime at={row.last_used_at} /> : "never"),
        },
        {
          header: "Expires",
          cell: (row) => (row.expires_at ? <RelativeTime at={row.expires_at} /> : "never"),
        },
        { header: "Actions", isActions: true, cell: (row) => <DeleteApiKey row={row} /> },
      ]}
    />
  );
}

function DeleteApiKey({ row }: { row: ApiKeyOut }) {
  const queryClient = useQueryClient();

  async function remove() {
    await deleteApiKey({ path: { api_key_id: row.id } });
    announce(`Deleted ${row.name}`);
    await refresh(queryClient, "api-keys");
  }

  return (
    <ConfirmDialog
      title={`Delete the key ${row.name}?`}
      confirmLabel="Delete"
      onConfirm={remove}
      trigger={
        <Button kind="ghost" size="small" aria-label={`Delete the key ${row.name}`} className="ml-auto">
          <Trash2 aria-hidden className="size-4" />
          <span className="md:hidden">Delete</span>
        </Button>
      }
    >
      <p>Programs that use this key are refused from then on. This can't be taken back.</p>
    </ConfirmDialog>
  );
}
