import type { RunEventOut } from "@/client/types.gen";

/** The parts of an answer's latency, in the order in which they happen. */
export const stages = [
  { name: "endpointing_ms", label: "Waiting for the end of speech", colour: "bg-caller" },
  { name: "recognition_ms", label: "Recognition", colour: "bg-agent" },
  { name: "meaning_ms", label: "Meaning", colour: "bg-meaning" },
  { name: "llm_ttft_ms", label: "Model's first token", colour: "bg-model" },
  { name: "tts_ttfb_ms", label: "Speech", colour: "bg-ok" },
  { name: "first_frame_ms", label: "Sending", colour: "bg-ink" },
  { name: "other_ms", label: "Other", colour: "bg-line-strong" },
] as const;

export type StageName = (typeof stages)[number]["name"];

/** Where the caller's wait for one answer went; `other_ms` is what no part accounts for. */
export type TurnLatency = Record<StageName, number> & { at_ms: number; turn_latency_ms: number };

/** How the parts were called in calls of earlier versions. */
const earlierNames: Partial<Record<StageName, string>> = { tts_ttfb_ms: "synthesis_ms" };

function milliseconds(detail: Record<string, unknown>, name: StageName): number {
  const value = detail[name] ?? detail[earlierNames[name] ?? name];
  return typeof value === "number" && value >= 0 ? value : 0;
}

function latencyOf({ at_ms, detail }: RunEventOut): TurnLatency {
  const total_ms = Math.max(0, Number(detail.turn_latency_ms));
  const parts = Object.fromEntries(stages.map(({ name }) => [name, milliseconds(detail, name)]));
  const known_ms = Object.values(parts).reduce((sum, part_ms) => sum + part_ms, 0);
  return {
    ...(parts as Record<StageName, number>),
    other_ms: Math.max(0, total_ms - known_ms),
    at_ms,
    turn_latency_ms: total_ms,
  };
}

/** The agent's answers among the events of a call, in order. */
export function turnLatencies(events: readonly RunEventOut[]): TurnLatency[] {
  return events
    .filter((event) => event.kind === "turn" && typeof event.detail.turn_latency_ms === "number")
    .map(latencyOf);
}

/** The parts that any of these answers has: an agent without a model shows none. */
export function stagesOf(turns: readonly TurnLatency[]) {
  return stages.filter(({ name }) => turns.some((turn) => turn[name] > 0));
}

/** The middle value; 0 for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? 0;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
