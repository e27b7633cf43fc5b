import { useSyncExternalStore } from "react";

const SHOWN_MS = 5_000;

let message = "";
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function publish(text: string): void {
  message = text;
  for (const listener of listeners) listener();
}

/** Shows and reads out the result of something done in the background. */
export function announce(text: string): void {
  clearTimeout(timer);
  publish(text);
  timer = setTimeout(() => publish(""), SHOWN_MS);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAnnouncement(): string {
  return useSyncExternalStore(subscribe, () => message);
}
