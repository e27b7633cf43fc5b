import { useSyncExternalStore } from "react";

/**
 * How this tab learns of changes.
 *
 * `live`: the server tells them. `reconnecting`: it can't be reached, and what is shown grows old. `polling`: it
 * answers, but events don't come through (a proxy, a restart), so pages ask again every few seconds.
 */
export type LiveStatus = "live" | "reconnecting" | "polling";

const SLOW_POLL_MS = 3_000;

let status: LiveStatus = "polling";
const listeners = new Set<() => void>();

export function setLiveStatus(next: LiveStatus): void {
  if (status === next) return;
  status = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(subscribe, () => status);
}

/** The `refetchInterval` of what events keep up to date: none while they come. */
export function useLivePoll(poll_ms: number = SLOW_POLL_MS): number | false {
  return useLiveStatus() === "live" ? false : poll_ms;
}
