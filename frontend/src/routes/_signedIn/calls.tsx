import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link } from "@tanstack/react-router";
import { PhoneCall } from "lucide-react";
import { listCallsOptions } from "@/client/@tanstack/react-query.gen";
import { EmptyState } from "@/components/EmptyState";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { Card } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { CallTable } from "@/features/calls/CallTable";
import { toApiError } from "@/lib/apiError";
import { useLivePoll } from "@/lib/liveStatus";

const MOST_SHOWN = 200;

export const Route = createFileRoute("/_signedIn/calls")({ component: CallsPage });

function CallsPage() {
  const query = useQuery({
    ...listCallsOptions({ query: { limit: MOST_SHOWN } }),
    refetchInterval: useLivePoll(),
  });
  return (
    <Page title="Live calls" description="Calls that ring or run right now.">
      {query.isError && query.data && (
        <Notice tone="bad">Not up to date: {toApiError(query.error).message}</Notice>
      )}
      <Card isFlush>
        <QueryView query={query} skeleton={<SkeletonRows />}>
          {({ items }) =>
            items.length > 0 ? (
              <CallTable calls={items} />
            ) : (
              <EmptyState
                icon={PhoneCall}
                title="No call is running"
                action={
                  <Link to="/runs" className="link">
                    Look at past runs
                  </Link>
                }
              >
                Calls appear here by themselves while they ring and while the agent talks.
              </EmptyState>
            )
          }
        </QueryView>
      </Card>
    </Page>
  );
}
