/** Who can talk in a workflow, in the words of the form. */
export const agentKinds = [
  { value: "embedded", label: "Voice agent (offline)" },
  { value: "echo", label: "Echo (plays back what it hears)" },
] as const;

/** Settings that every kind of agent understands; the others belong to one kind. */
const COMMON_SETTINGS = ["max_duration_s", "silence_timeout_s", "greeting_delay_ms", "phrases", "recording"];

export function kindOf(agent: Record<string, unknown>): string {
  return typeof agent.kind === "string" ? agent.kind : "";
}

export function labelOfKind(kind: string): string {
  return agentKinds.find(({ value }) => value === kind)?.label ?? kind;
}

/** The agent with another kind: its own settings where the kind stays, the common ones where it changes. */
export function agentOfKind(agent: Record<string, unknown>, kind: string): Record<string, unknown> {
  if (kindOf(agent) === kind) return agent;
  const kept = Object.entries(agent).filter(([name]) => COMMON_SETTINGS.includes(name));
  return { ...Object.fromEntries(kept), kind };
}
