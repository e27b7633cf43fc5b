import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { Plus, Workflow } from "lucide-react";
import { listWorkflowsOptions } from "@/client/@tanstack/react-query.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { EmptyState } from "@/components/EmptyState";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Table } from "@/components/ui/Table";
import { kindOf, labelOfKind } from "@/features/workflows/agentKinds";
import { useMayOperate } from "@/lib/permissions";

const MOST_SHOWN = 200;

export const Route = createFileRoute("/_signedIn/workflows/")({ component: WorkflowsPage });

function WorkflowsPage() {
  const query = useQuery(listWorkflowsOptions({ query: { limit: MOST_SHOWN } }));
  const hasRows = (query.data?.items.length ?? 0) > 0;
  return (
    <Page
      title="Workflows"
      description="What an agent says and does in a call."
      actions={hasRows && <CreateWorkflow />}
    >
      <Card isFlush>
        <QueryView query={query} skeleton={<SkeletonRows />}>
          {({ items }) =>
            items.length > 0 ? (
              <WorkflowTable rows={items} />
            ) : (
              <EmptyState icon={Workflow} title="No workflows yet" action={<CreateWorkflow />}>
                A workflow is what an agent says and does. Make one, then choose it as the inbound workflow of
                a phone number.
              </EmptyState>
            )
          }
        </QueryView>
      </Card>
    </Page>
  );
}

function CreateWorkflow() {
  const navigate = useNavigate();
  if (!useMayOperate()) return <p className="text-muted">Viewers make no workflows.</p>;
  return (
    <Button kind="primary" onClick={() => navigate({ to: "/workflows/new" })}>
      <Plus aria-hidden className="size-4" />
      Create workflow
    </Button>
  );
}

function WorkflowTable({ rows }: { rows: readonly WorkflowOut[] }) {
  return (
    <Table
      caption="Workflows"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          header: "Name",
          isTitle: true,
          cell: (row) => (
            <Link to="/workflows/$workflowId" params={{ workflowId: row.id }} className="link wrap-anywhere">
              {row.name}
            </Link>
          ),
        },
        { header: "Agent", cell: (row) => labelOfKind(kindOf(row.agent)) },
        { header: "Published version", isNumeric: true, cell: (row) => row.published_version },
        { header: "Changed", cell: (row) => <RelativeTime at={row.updated_at} /> },
      ]}
    />
  );
}
