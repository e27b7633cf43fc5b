import type { RunOut } from "@/client/types.gen";

type Parties = Pick<RunOut, "direction" | "from" | "to">;

/** The calling number; an outbound call without one shows none. */
export function callerOf({ direction, from }: Pick<Parties, "direction" | "from">): string {
  if (from) return from;
  return direction === "inbound" ? "Unknown" : "No caller ID";
}

/** Whoever talks with the agent. */
export function partyOf({ direction, from, to }: Parties): string {
  if (direction === "outbound") return to;
  return from || "an unknown caller";
}

export function titleOf(run: Parties): string {
  if (run.direction === "outbound")
    return run.from ? `Call to ${run.to} as ${run.from}` : `Call to ${run.to}`;
  return `Call from ${partyOf(run)} to ${run.to}`;
}
