import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { CircleCheck, PencilLine } from "lucide-react";
import { z } from "zod";
import { getWorkflowOptions } from "@/client/@tanstack/react-query.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { ForRole } from "@/components/ForRole";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Tabs } from "@/components/ui/Tabs";
import { TestCall } from "@/features/calls/TestCall";
import { useConfigurationChoices } from "@/features/telephony_configurations/useConfigurationChoices";
import { ConversationEditor } from "@/features/workflows/ConversationEditor";
import { DeleteWorkflow } from "@/features/workflows/DeleteWorkflow";
import { DraftBar } from "@/features/workflows/DraftBar";
import { EditWorkflow } from "@/features/workflows/EditWorkflow";
import { TryIt } from "@/features/workflows/TryIt";
import { useDraft } from "@/features/workflows/useDraft";
import { Versions } from "@/features/workflows/Versions";
import { WorkflowTests } from "@/features/workflows/WorkflowTests";
import { useMayOperate } from "@/lib/permissions";

const tabNames = ["settings", "conversation", "try", "tests", "versions"] as const;

export const Route = createFileRoute("/_signedIn/workflows/$workflowId")({
  validateSearch: z.object({ tab: z.enum(tabNames).optional().catch(undefined) }),
  component: WorkflowPage,
});

function WorkflowPage() {
  const { workflowId } = Route.useParams();
  const query = useQuery(getWorkflowOptions({ path: { workflow_id: workflowId } }));
  const configurations = useConfigurationChoices();
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
        {(workflow) => <WorkflowTabs key={workflow.id} workflow={workflow} />}
      </QueryView>
    </Page>
  );
}

function WorkflowTabs({ workflow }: { workflow: WorkflowOut }) {
  const { tab = "settings" } = Route.useSearch();
  const navigate = Route.useNavigate();
  const draft = useDraft(workflow);
  const own = { workflow, draft };
  return (
    <>
      <DraftBar {...own} />
      <Tabs
        label="Parts of the workflow"
        current={tab}
        onChange={(name) => navigate({ search: { tab: name }, replace: true })}
        tabs={[
          { name: "settings", label: "Settings", content: <Settings workflow={workflow} /> },
          { name: "conversation", label: "Conversation", content: <ConversationEditor {...own} /> },
          { name: "try", label: "Try it", content: <TryIt {...own} /> },
          { name: "tests", label: "Tests", content: <WorkflowTests {...own} /> },
          { name: "versions", label: "Versions", content: <Versions {...own} /> },
        ]}
      />
    </>
  );
}

function Settings({ workflow }: { workflow: WorkflowOut }) {
  const mayOperate = useMayOperate();
  return (
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
