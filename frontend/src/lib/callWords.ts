import type { RunOut } from "@/client/types.gen";

type Parties = Pick<RunOut, "direction" | "from" | "to">;

/** The calling number; an outbound call without one shows none. */
export function callerOf({ direction, from }: Pick<Parties, "direction" | "from">): string {
  if (from) return from;
  return direction === "inbound" ? "Unknown" : "No caller ID";
}

/** The number of whoever talks with the agent. */
export function otherNumberOf(run: Parties): string {
  return run.direction === "inbound" ? callerOf(run) : run.to;
}

/** The number the other party called, or was shown. */
export function ourNumberOf(run: Parties): string {
  return run.direction === "inbound" ? run.to : callerOf(run);
}

/** Whoever talks with the agent, inside a sentence. */
export function partyOf({ direction, from, to }: Parties): string {
  if (direction === "outbound") return to;
  return from || "an unknown caller";
}

export function titleOf(run: Parties): string {
  if (run.direction === "outbound")
    return run.from ? `Call to ${run.to} as ${run.from}` : `Call to ${run.to}`;
  return `Call from ${partyOf(run)} to ${run.to}`;
}
