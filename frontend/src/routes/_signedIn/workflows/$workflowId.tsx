import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { CircleCheck, PencilLine } from "lucide-react";
import { getWorkflowOptions } from "@/client/@tanstack/react-query.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { ForRole } from "@/components/ForRole";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { TestCall } from "@/features/calls/TestCall";
import { useConfigurationChoices } from "@/features/telephony_configurations/useConfigurationChoices";
import { DeleteWorkflow } from "@/features/workflows/DeleteWorkflow";
import { EditWorkflow } from "@/features/workflows/EditWorkflow";
import { useMayOperate } from "@/lib/permissions";

export const Route = createFileRoute("/_signedIn/workflows/$workflowId")({ component: WorkflowPage });

function WorkflowPage() {
  const { workflowId } = Route.useParams();
  const query = useQuery(getWorkflowOptions({ path: { workflow_id: workflowId } }));
  const configurations = useConfigurationChoices();
  const mayOperate = useMayOperate();
  return (
    <Page
      title={query.data?.name ?? "Workflow"}
      status={query.data && <VersionBadge workflow={query.data} />}
      back={{ to: "/workflows", label: "Workflows" }}
      actions={query.data && <TestCall configurations={configurations} workflows={[query.data]} />}
    >
      <QueryView
        query={query}
        skeleton={
          <Card isFlush>
            <SkeletonRows />
          </Card>
        }
      >
        {(workflow) => (
          <>
            <Card>
              <ForRole least="operator">
                <EditWorkflow workflow={workflow} />
              </ForRole>
            </Card>
            {mayOperate && (
              <Card title="Delete" description="Runs of this workflow stay.">
                <DeleteWorkflow workflow={workflow} />
              </Card>
            )}
          </>
        )}
      </QueryView>
    </Page>
  );
}

function VersionBadge({ workflow }: { workflow: WorkflowOut }) {
  const version = `Version ${workflow.published_version}`;
  if (workflow.has_unpublished_changes) {
    return (
      <Badge tone="warn" icon={PencilLine}>
        {version} is published, the draft differs
      </Badge>
    );
  }
  return (
    <Badge tone="ok" icon={CircleCheck}>
      {version} published
    </Badge>
  );
}
