import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useCallback } from "react";
import { listRunsInfiniteOptions } from "@/client/@tanstack/react-query.gen";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState } from "@/components/ErrorState";
import { Page } from "@/components/Page";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { FilterBar } from "@/features/runs/FilterBar";
import { isNarrowed, type RunFilters, runFilters } from "@/features/runs/filters";
import { RunTable } from "@/features/runs/RunTable";
import { useLivePoll } from "@/lib/liveStatus";

const PAGE_SIZE = 25;
const RUNS_POLL_MS = 10_000;

export const Route = createFileRoute("/_signedIn/runs/")({
  validateSearch: runFilters,
  component: RunsPage,
});

function RunsPage() {
  const filters = Route.useSearch();
  const navigate = useNavigate();
  const narrow = useCallback(
    (search: RunFilters) => navigate({ to: "/runs", search, replace: true }),
    [navigate],
  );
  return (
    <Page title="Runs" description="Every call that reached an agent or was refused, newest first.">
      <FilterBar filters={filters} onChange={narrow} />
      <Card isFlush>
        <Runs filters={filters} />
      </Card>
    </Page>
  );
}

function Runs({ filters }: { filters: RunFilters }) {
  const query = useInfiniteQuery({
    ...listRunsInfiniteOptions({ query: { ...filters, limit: PAGE_SIZE } }),
    initialPageParam: {},
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: useLivePoll(RUNS_POLL_MS),
  });
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorState error={query.error} onRetry={() => query.refetch()} />
    ) : (
      <SkeletonRows rows={6} />
    );
  }
  const runs = query.data.pages.flatMap((page) => page.items);
  if (runs.length === 0) return <NoRuns isNarrowed={isNarrowed(filters)} />;
  return (
    <div className={query.isPlaceholderData ? "opacity-60" : ""}>
      <RunTable runs={runs} />
      {query.hasNextPage && (
        <div className="flex justify-center border-t border-line p-3">
          <Button isPending={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show older runs
          </Button>
        </div>
      )}
    </div>
  );
}

function NoRuns({ isNarrowed }: { isNarrowed: boolean }) {
  if (isNarrowed) {
    return (
      <EmptyState icon={History} title="No run fits these filters">
        Choose other values, or clear the filters to see every run.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={History}
      title="No calls yet"
      action={
        <Link to="/telephony-configurations" className="link">
          Check the telephony configurations
        </Link>
      }
    >
      Each call makes a run with its transcript and recording. Call one of your numbers to see the first.
    </EmptyState>
  );
}
