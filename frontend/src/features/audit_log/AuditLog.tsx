import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listAuditEntriesInfiniteOptions } from "@/client/@tanstack/react-query.gen";
import type { AuditAction, AuditEntryOut } from "@/client/types.gen";
import { ErrorState } from "@/components/ErrorState";
import { RelativeTime } from "@/components/RelativeTime";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Select } from "@/components/ui/inputs";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Table } from "@/components/ui/Table";
import { actionNames, actorOf, changeText, objectOf } from "./auditWords";

const PAGE_SIZE = 20;

/** Who did what, newest first. */
export function AuditLog() {
  const [action, setAction] = useState<AuditAction | "">("");
  return (
    <Card
      isFlush
      title="Audit log"
      description="Who changed what, and who signed in. Passwords and keys are never in it."
      actions={
        <Select
          aria-label="Which entries"
          value={action}
          onChange={(event) => setAction(event.target.value as AuditAction | "")}
          className="w-auto!"
        >
          <option value="">Everything</option>
          {Object.entries(actionNames).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Select>
      }
    >
      <Entries action={action} />
    </Card>
  );
}

function Entries({ action }: { action: AuditAction | "" }) {
  const query = useInfiniteQuery({
    ...listAuditEntriesInfiniteOptions({ query: { limit: PAGE_SIZE, ...(action && { action }) } }),
    initialPageParam: {},
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorState error={query.error} onRetry={() => query.refetch()} />
    ) : (
      <SkeletonRows rows={4} />
    );
  }
  const entries = query.data.pages.flatMap((page) => page.items);
  if (entries.length === 0) return <p className="px-4 py-6 text-muted sm:px-5">Nothing of this kind yet.</p>;
  return (
    <div className={query.isPlaceholderData ? "opacity-60" : ""}>
      <EntryTable entries={entries} />
      {query.hasNextPage && (
        <div className="flex justify-center border-t border-line p-3">
          <Button isPending={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show older entries
          </Button>
        </div>
      )}
    </div>
  );
}

function EntryTable({ entries }: { entries: readonly AuditEntryOut[] }) {
  return (
    <Table
      caption="Audit log"
      rows={entries}
      rowKey={(entry) => entry.id}
      columns={[
        {
          header: "What",
          isTitle: true,
          cell: (entry) => (
            <span className="wrap-anywhere">
              <span className="font-medium">{actionNames[entry.action]}</span>
              <span className="block text-xs font-normal text-muted">{objectOf(entry)}</span>
            </span>
          ),
        },
        {
          header: "Changes",
          cell: (entry) =>
            entry.changes.length > 0 ? (
              <ul className="text-xs wrap-anywhere">
                {entry.changes.map((change) => (
                  <li key={change.field}>{changeText(change)}</li>
                ))}
              </ul>
            ) : (
              <span className="text-muted">–</span>
            ),
        },
        {
          header: "Who",
          cell: (entry) => (
            <span className="wrap-anywhere">
              {actorOf(entry)}
              {entry.address && (
                <span className="block text-xs text-muted tabular-nums">{entry.address}</span>
              )}
            </span>
          ),
        },
        { header: "When", cell: (entry) => <RelativeTime at={entry.created_at} /> },
      ]}
    />
  );
}
