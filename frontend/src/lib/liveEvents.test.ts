import type { QueryKey } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  getRunQueryKey,
  listCallsQueryKey,
  listTelephonyConfigurationsQueryKey,
} from "@/client/@tanstack/react-query.gen";
import { api, signedIn } from "@/testing/api";
import { configuration, run } from "@/testing/samples";
import { server } from "@/testing/server";
import { followEvents } from "./liveEvents";
import { useLiveStatus } from "./liveStatus";
import { createQueryClient } from "./queryClient";

/** The browser's EventSource, steered by the test. */
class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];
  readyState = 1;
  onerror: (() => void) | null = null;

  constructor() {
    super();
    FakeEventSource.opened.push(this);
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
  }

  tell(type: string, rest: object = {}) {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify({ type, ...rest }) }));
  }

  fail(readyState: number) {
    this.readyState = readyState;
    this.onerror?.();
  }
}

const newest = () => FakeEventSource.opened[FakeEventSource.opened.length - 1] as FakeEventSource;
const calls = () => listCallsQueryKey();
// biome-ignore lint/suspicious/noExplicitAny: the items' type is the asked operation's
const itemsOf = (key: QueryKey) => queryClient.getQueryData<{ items: any[] }>(key)?.items;
const live = { ...run, state: "in_progress", outcome: null, live_state: "talking" } as const;

let stop = () => {};
let queryClient = createQueryClient();

beforeEach(() => {
  FakeEventSource.opened = [];
  vi.stubGlobal("EventSource", FakeEventSource);
  queryClient = createQueryClient();
  stop = followEvents(queryClient);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the cache", () => {
  test("gets a call when it begins, and loses it when it ends", () => {
    queryClient.setQueryData(calls(), { items: [], next_cursor: null });
    newest().tell("run", { run: live });
    expect(itemsOf(calls())).toEqual([live]);
    newest().tell("run", { run: { ...live, live_state: "on_hold" } });
    expect(itemsOf(calls())).toEqual([{ ...live, live_state: "on_hold" }]);
    newest().tell("run", { run: { ...live, state: "completed" } });
    expect(itemsOf(calls())).toEqual([]);
  });

  test("keeps a run's transcript when only the run is told", () => {
    const key = getRunQueryKey({ path: { run_id: live.id } });
    queryClient.setQueryData(key, { ...live, transcript: [] });
    newest().tell("run", { run: { ...live, state: "completed" } });
    expect(queryClient.getQueryData(key)).toMatchObject({ state: "completed", transcript: [] });
  });

  test("shows a connection as it is now", () => {
    const key = listTelephonyConfigurationsQueryKey();
    queryClient.setQueryData(key, { items: [configuration], next_cursor: null });
    const status = { ...configuration.status, state: "retrying" as const };
    newest().tell("telephony_configuration", { telephony_configuration: { ...configuration, status } });
    expect(itemsOf(key)?.[0]?.status.state).toBe("retrying");
  });

  test("holds nothing but the snapshot's calls after it", () => {
    queryClient.setQueryData(calls(), { items: [{ ...live, id: "gone" }], next_cursor: null });
    newest().tell("snapshot", { calls: [live], telephony_configurations: [] });
    expect(itemsOf(calls())).toEqual([live]);
  });
});

describe("the connection", () => {
  test("is live once something was told, and a short break is not shown", () => {
    const { result } = renderHook(useLiveStatus);
    expect(result.current).toBe("polling");
    act(() => newest().tell("resumed"));
    expect(result.current).toBe("live");
    act(() => newest().fail(0));
    expect(result.current).toBe("live");
  });

  test("is shown as lost when the server stays away, and heals by itself", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    server.use(http.get(api("/auth/me"), () => HttpResponse.error()));
    const { result } = renderHook(useLiveStatus);
    act(() => newest().tell("resumed"));
    act(() => newest().fail(0));
    await act(() => vi.advanceTimersByTimeAsync(5_000));
    await waitFor(() => expect(result.current).toBe("reconnecting"));
    act(() => newest().tell("snapshot", { calls: [], telephony_configurations: [] }));
    expect(result.current).toBe("live");
  });

  test("that the browser has given up is opened anew, and pages poll meanwhile", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    signedIn();
    const { result } = renderHook(useLiveStatus);
    act(() => newest().tell("resumed"));
    act(() => newest().fail(FakeEventSource.CLOSED));
    await act(() => vi.advanceTimersByTimeAsync(5_000));
    await waitFor(() => expect(result.current).toBe("polling"));
    expect(FakeEventSource.opened.length).toBeGreaterThan(1);
  });

  test("ends when the page does", () => {
    const source = newest();
    stop();
    expect(source.readyState).toBe(FakeEventSource.CLOSED);
  });
});
