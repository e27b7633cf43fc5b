import type { RunEventOut } from "@/client/types.gen";

/** Where the caller's wait for one answer went. */
export type TurnLatency = {
  at_ms: number;
  endpointing_ms: number;
  recognition_ms: number;
  synthesis_ms: number;
  turn_latency_ms: number;
};

function milliseconds(detail: Record<string, unknown>, name: string): number {
  const value = detail[name];
  return typeof value === "number" && value >= 0 ? value : 0;
}

/** The agent's answers among the events of a call, in order. */
export function turnLatencies(events: readonly RunEventOut[]): TurnLatency[] {
  return events
    .filter((event) => event.kind === "turn" && typeof event.detail.turn_latency_ms === "number")
    .map(({ at_ms, detail }) => ({
      at_ms,
      endpointing_ms: milliseconds(detail, "endpointing_ms"),
      recognition_ms: milliseconds(detail, "recognition_ms"),
      synthesis_ms: milliseconds(detail, "synthesis_ms"),
      turn_latency_ms: milliseconds(detail, "turn_latency_ms"),
    }));
}

/** The middle value; 0 for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] ?? 0;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
