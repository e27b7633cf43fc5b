import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { createWorkflowMutation, listWorkflowSamplesOptions } from "@/client/@tanstack/react-query.gen";
import type { WorkflowSampleOut } from "@/client/types.gen";
import { ForRole } from "@/components/ForRole";
import { Page } from "@/components/Page";
import { Card } from "@/components/ui/Card";
import { agentFrom } from "@/features/workflows/agentValues";
import { settingsOf } from "@/features/workflows/callSettings";
import { newDefinition, spokenByDefault } from "@/features/workflows/definition";
import { turnSettingsOf } from "@/features/workflows/turnSettings";
import { WorkflowForm } from "@/features/workflows/WorkflowForm";
import type { WorkflowValues } from "@/features/workflows/workflowValues";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";

export const Route = createFileRoute("/_signedIn/workflows/new")({ component: NewWorkflowPage });

const initialValues: WorkflowValues = {
  name: "",
  agent: "embedded",
  document: { kind: "embedded" },
  settings: settingsOf({}),
  turns: turnSettingsOf({}),
  sample: "",
  ...spokenByDefault,
};
const NO_SAMPLES: readonly WorkflowSampleOut[] = [];

function NewWorkflowPage() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const create = useMutation(createWorkflowMutation());
  const { data } = useQuery({ ...listWorkflowSamplesOptions(), staleTime: Number.POSITIVE_INFINITY });
  const samples = data?.items ?? NO_SAMPLES;

  async function save({ name, ...entered }: WorkflowValues) {
    const sample = samples.find(({ id }) => id === entered.sample);
    const definition = sample?.definition ?? newDefinition(entered);
    const created = await create.mutateAsync({ body: { name, agent: agentFrom(entered), definition } });
    announce(`Published ${created.name}, version ${created.published_version}`);
    await refresh(queryClient, "workflows");
    await navigate({ to: "/workflows/$workflowId", params: { workflowId: created.id } });
  }

  return (
    <Page title="Create workflow" back={{ to: "/workflows", label: "Workflows" }}>
      <Card>
        <ForRole least="operator">
          <WorkflowForm values={initialValues} onSave={save} samples={samples} />
        </ForRole>
      </Card>
    </Page>
  );
}
