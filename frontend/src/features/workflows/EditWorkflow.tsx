import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { publishWorkflow, updateWorkflow } from "@/client/sdk.gen";
import type { WorkflowOut } from "@/client/types.gen";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { agentOfKind, kindOf } from "./agentKinds";
import { settingsOf, withSettings } from "./callSettings";
import { spokenOf, withSpoken } from "./definition";
import { turnSettingsOf, withTurnSettings } from "./turnSettings";
import { WorkflowForm } from "./WorkflowForm";
import type { WorkflowValues } from "./workflowValues";

/** Changes the draft and publishes it; calls already running keep the version they began with. */
export function EditWorkflow({ workflow }: { workflow: WorkflowOut }) {
  const queryClient = useQueryClient();
  const values = useMemo(
    () => ({
      name: workflow.name,
      agent: kindOf(workflow.agent),
      settings: settingsOf(workflow.agent),
      turns: turnSettingsOf(workflow.agent),
      ...spokenOf(workflow.definition),
    }),
    [workflow],
  );

  async function save({ name, agent: kind, settings, turns, ...spoken }: WorkflowValues) {
    const path = { workflow_id: workflow.id };
    const definition = withSpoken(workflow.definition, spoken);
    const limited = withSettings(agentOfKind(workflow.agent, kind), settings);
    const agent = kind === "echo" ? limited : withTurnSettings(limited, turns);
    try {
      await updateWorkflow({ path, body: { name, definition, agent } });
      const { data: published } = await publishWorkflow({ path });
      announce(`Published ${name}, version ${published.version}`);
    } finally {
      await refresh(queryClient, "workflows");
    }
  }

  return <WorkflowForm values={values} onSave={save} />;
}
