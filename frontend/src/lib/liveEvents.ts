import type { QueryClient } from "@tanstack/react-query";
import { getMeOptions } from "@/client/@tanstack/react-query.gen";
import type { StreamEvent } from "@/client/types.gen";
import { announce } from "./announcements";
import { toApiError } from "./apiError";
import { applyEvent } from "./liveCache";
import { type LiveStatus, setLiveStatus } from "./liveStatus";

const EVENTS_PATH = "/api/v1/events";
const NAMES: StreamEvent["type"][] = [
  "snapshot",
  "resumed",
  "telephony_configuration",
  "run",
  "changed",
  "removed",
];

/** A stream that ends and comes back within this time has missed nothing anybody would notice. */
const GRACE_MS = 4_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

/**
 * Keeps the cache up to date by the server's events, one stream for the whole tab, until the result is called.
 *
 * The browser comes back by itself after a broken connection and says which event it saw last; where it gives up
 * (the server answered with an error) a new stream is opened here, a little later each time.
 */
export function followEvents(queryClient: QueryClient): () => void {
  if (typeof EventSource === "undefined") return () => {};
  const stream = new EventConnection(queryClient);
  stream.open();
  return () => stream.close();
}

class EventConnection {
  private readonly queryClient: QueryClient;
  private source: EventSource | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private grace: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private isClosed = false;
  private shown: LiveStatus = "polling";

  constructor(queryClient: QueryClient) {
    this.queryClient = queryClient;
  }

  open(): void {
    const source = new EventSource(EVENTS_PATH);
    this.source = source;
    for (const name of NAMES) source.addEventListener(name, (message) => this.take(message));
    source.onerror = () => this.broke(source);
  }

  close(): void {
    this.isClosed = true;
    this.source?.close();
    clearTimeout(this.retry);
    clearTimeout(this.grace);
    setLiveStatus("polling");
  }

  private take({ data }: MessageEvent<string>): void {
    this.failures = 0;
    clearTimeout(this.grace);
    this.grace = undefined;
    this.show("live");
    applyEvent(this.queryClient, JSON.parse(data) as StreamEvent);
  }

  private broke(source: EventSource): void {
    this.grace ??= setTimeout(() => this.lookForServer(), this.shown === "live" ? GRACE_MS : 0);
    if (source.readyState !== EventSource.CLOSED) return;
    const delay_ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    this.failures += 1;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), delay_ms * (0.8 + 0.4 * Math.random()));
  }

  /** Events don't come: is it the server, or only they? Whoever was signed out is sent to sign in by this too. */
  private async lookForServer(): Promise<void> {
    const grace = this.grace;
    let isThere = true;
    try {
      await this.queryClient.fetchQuery({ ...getMeOptions(), staleTime: 0, retry: false });
    } catch (reason) {
      isThere = toApiError(reason).status !== 0;
    }
    if (this.isClosed || grace === undefined || this.grace !== grace) return;
    this.show(isThere ? "polling" : "reconnecting");
    this.grace = setTimeout(() => this.lookForServer(), GRACE_MS);
  }

  private show(status: LiveStatus): void {
    if (status === this.shown) return;
    if (status === "reconnecting") announce("The server can't be reached. Reconnecting…");
    if (this.shown === "reconnecting") announce("Connected again. What you see is up to date.");
    this.shown = status;
    setLiveStatus(status);
  }
}
