import { isOffered } from "./agentSchema";

/** Who can talk in a workflow, in the words of the form. */
const ALL_KINDS = [
  { value: "embedded", label: "Voice agent (offline)" },
  { value: "cascade", label: "Language model (recognition, model, speech)" },
  { value: "realtime", label: "Speech-to-speech model" },
  { value: "media_streams", label: "Bot of your own (media streams)" },
  { value: "echo", label: "Echo (plays back what it hears)" },
] as const;

export const agentKinds = ALL_KINDS.filter(({ value }) => isOffered(value));

/** Settings that every kind of agent understands; the others belong to one kind. */
const COMMON_SETTINGS = ["max_duration_s", "silence_timeout_s", "greeting_delay_ms", "phrases", "recording"];

export function kindOf(agent: Record<string, unknown>): string {
  return typeof agent.kind === "string" ? agent.kind : "";
}

export function labelOfKind(kind: string): string {
  return ALL_KINDS.find(({ value }) => value === kind)?.label ?? kind;
}

/** The agent with another kind: its own settings where the kind stays, the common ones where it changes. */
export function agentOfKind(agent: Record<string, unknown>, kind: string): Record<string, unknown> {
  if (kindOf(agent) === kind) return agent;
  const kept = Object.entries(agent).filter(([name]) => COMMON_SETTINGS.includes(name));
  return { ...Object.fromEntries(kept), kind };
}
