import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { publishWorkflow, updateWorkflow } from "@/client/sdk.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { kindOf } from "./agentKinds";
import { agentFrom } from "./agentValues";
import { settingsOf } from "./callSettings";
import { turnSettingsOf } from "./turnSettings";
import { WorkflowForm } from "./WorkflowForm";
import type { WorkflowValues } from "./workflowValues";

/** Changes a workflow's name and agent, and publishes them; calls already running keep the version they began with. */
export function EditWorkflow({ workflow }: { workflow: WorkflowOut }) {
  const queryClient = useQueryClient();
  const values = useMemo(
    () => ({
      name: workflow.name,
      agent: kindOf(workflow.agent),
      document: workflow.agent,
      settings: settingsOf(workflow.agent),
      turns: turnSettingsOf(workflow.agent),
      greeting: "",
      farewell: "",
      sample: "",
    }),
    [workflow],
  );
  const path = { workflow_id: workflow.id };

  async function keep({ name, ...entered }: WorkflowValues) {
    await updateWorkflow({ path, body: { name, agent: agentFrom(entered) } });
    announce(`Saved ${name}`);
  }

  async function save(entered: WorkflowValues) {
    try {
      await keep(entered);
      const { data: published } = await publishWorkflow({ path });
      announce(`Published ${entered.name}, version ${published.version}`);
    } finally {
      await refresh(queryClient, "workflows");
    }
  }

  async function saveDraft(entered: WorkflowValues) {
    await keep(entered);
    await refresh(queryClient, "workflows");
  }

  return <WorkflowForm values={values} onSave={save} onSaveDraft={saveDraft} />;
}
