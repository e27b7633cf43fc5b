import { useQuery } from "@tanstack/react-query";
import { getRunTimeline } from "@/client/sdk.gen";
import type { RunEventOut } from "@/client/types.gen";

const PAGE_SIZE = 1_000;
/** Bounds what a very long call may load. */
const MOST_PAGES = 10;

async function loadTimeline(runId: string, signal: AbortSignal): Promise<RunEventOut[]> {
  const events: RunEventOut[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data } = await getRunTimeline({
      path: { run_id: runId },
      query: { limit: PAGE_SIZE, cursor },
      signal,
    });
    events.push(...data.items);
    if (data.next_cursor === null) break;
    cursor = data.next_cursor;
  }
  return events;
}

/** The events of a call in order; read again every `refresh_ms` while that is not false. */
export function useTimeline(runId: string, refresh_ms: number | false) {
  return useQuery({
    queryKey: ["run-timeline", runId],
    queryFn: ({ signal }) => loadTimeline(runId, signal),
    refetchInterval: refresh_ms,
  });
}
