import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { createWorkflowMutation } from "@/client/@tanstack/react-query.gen";
import { ForRole } from "@/components/ForRole";
import { Page } from "@/components/Page";
import { Card } from "@/components/ui/Card";
import { settingsOf, withSettings } from "@/features/workflows/callSettings";
import { newDefinition, spokenByDefault } from "@/features/workflows/definition";
import { turnSettingsOf, withTurnSettings } from "@/features/workflows/turnSettings";
import { WorkflowForm } from "@/features/workflows/WorkflowForm";
import type { WorkflowValues } from "@/features/workflows/workflowValues";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";

export const Route = createFileRoute("/_signedIn/workflows/new")({ component: NewWorkflowPage });

const initialValues: WorkflowValues = {
  name: "",
  agent: "embedded",
  settings: settingsOf({}),
  turns: turnSettingsOf({}),
  ...spokenByDefault,
};

function NewWorkflowPage() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const create = useMutation(createWorkflowMutation());

  async function save({ name, agent: kind, settings, turns, ...spoken }: WorkflowValues) {
    const limited = withSettings({ kind }, settings);
    const agent = kind === "echo" ? limited : withTurnSettings(limited, turns);
    const body = { name, agent, definition: newDefinition(spoken) };
    const created = await create.mutateAsync({ body });
    announce(`Published ${created.name}, version ${created.published_version}`);
    await refresh(queryClient, "workflows");
    await navigate({ to: "/workflows/$workflowId", params: { workflowId: created.id } });
  }

  return (
    <Page title="Create workflow" back={{ to: "/workflows", label: "Workflows" }}>
      <Card>
        <ForRole least="operator">
          <WorkflowForm values={initialValues} onSave={save} />
        </ForRole>
      </Card>
    </Page>
  );
}
