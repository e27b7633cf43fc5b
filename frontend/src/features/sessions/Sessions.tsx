import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import {
  endOtherSessionsMutation,
  endSessionMutation,
  listSessionsOptions,
} from "@/client/@tanstack/react-query.gen";
import type { SessionOut } from "@/client/types.gen";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Table } from "@/components/ui/Table";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";
import { browserName } from "./browserWords";

const MOST_SHOWN = 200;

/** Where the person is signed in, and how to end it. */
export function Sessions() {
  const queryClient = useQueryClient();
  const query = useQuery(listSessionsOptions({ query: { limit: MOST_SHOWN } }));
  const endOthers = useMutation({
    ...endOtherSessionsMutation(),
    onSuccess: async () => {
      await refresh(queryClient, "sessions");
      announce("Signed out everywhere else");
    },
    onError: (reason) => announce(toApiError(reason).message),
  });
  const others = query.data?.items.some((item) => !item.is_current) ?? false;
  return (
    <Card
      isFlush
      title="Your sessions"
      description="The browsers in which you are signed in."
      actions={
        others && (
          <Button isPending={endOthers.isPending} onClick={() => endOthers.mutate({})}>
            <LogOut aria-hidden className="size-4" />
            Sign out everywhere else
          </Button>
        )
      }
    >
      <QueryView query={query} skeleton={<SkeletonRows rows={2} />}>
        {({ items }) => <SessionTable rows={items} />}
      </QueryView>
    </Card>
  );
}

function SessionTable({ rows }: { rows: readonly SessionOut[] }) {
  return (
    <Table
      caption="Your sessions"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          header: "Browser",
          isTitle: true,
          cell: (row) => (
            <span className="font-medium" title={row.user_agent}>
              {browserName(row.user_agent)}
              {row.is_current && <span className="font-normal text-muted"> (this one)</span>}
            </span>
          ),
        },
        {
          header: "Address",
          cell: (row) => <span className="tabular-nums wrap-anywhere">{row.address}</span>,
        },
        { header: "Signed in", cell: (row) => <RelativeTime at={row.signed_in_at} /> },
        { header: "Last seen", cell: (row) => <RelativeTime at={row.last_seen_at} /> },
        { header: "Ends", cell: (row) => <RelativeTime at={row.expires_at} /> },
        { header: "Actions", isActions: true, cell: (row) => !row.is_current && <EndSession row={row} /> },
      ]}
    />
  );
}

function EndSession({ row }: { row: SessionOut }) {
  const queryClient = useQueryClient();
  const name = browserName(row.user_agent);
  const end = useMutation({
    ...endSessionMutation(),
    onSuccess: async () => {
      await refresh(queryClient, "sessions");
      announce(`Signed ${name} out`);
    },
    onError: (reason) => announce(toApiError(reason).message),
  });
  return (
    <Button
      size="small"
      isPending={end.isPending}
      aria-label={`Sign out ${name}, signed in from ${row.address}`}
      onClick={() => end.mutate({ path: { session_id: row.id } })}
      className="ml-auto"
    >
      Sign out
    </Button>
  );
}
