import type { AgentSpec } from "@/client/types.gen";
import { agentOfKind } from "./agentKinds";
import { takesTurns } from "./agentSchema";
import { withSettings } from "./callSettings";
import { withTurnSettings } from "./turnSettings";
import type { WorkflowValues } from "./workflowValues";

/** The agent as the form has it. */
export function agentFrom({
  agent: kind,
  document,
  settings,
  turns,
}: Pick<WorkflowValues, "agent" | "document" | "settings" | "turns">): AgentSpec {
  const limited = withSettings(agentOfKind(document, kind), settings);
  return takesTurns(kind) ? withTurnSettings(limited, turns) : limited;
}
