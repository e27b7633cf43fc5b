import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import type { RunDetail, RunOut, StreamEvent, TelephonyConfigurationOut } from "@/client/types.gen";
import { type Noun, refresh } from "./api";

type Page<Item> = { items: Item[]; next_cursor: string | null };
type KeyHead = { _id?: string; path?: Record<string, string> } | undefined;

function headOf(queryKey: QueryKey): KeyHead {
  return queryKey[0] as KeyHead;
}

/** All cached answers of an operation. */
function answersOf(operation: string) {
  return { predicate: ({ queryKey }: { queryKey: QueryKey }) => headOf(queryKey)?._id === operation };
}

/** The cached answer of an operation for one object. */
function answerFor(operation: string, parameter: string, id: string) {
  return {
    predicate: ({ queryKey }: { queryKey: QueryKey }) =>
      headOf(queryKey)?._id === operation && headOf(queryKey)?.path?.[parameter] === id,
  };
}

function replaced<Item extends { id: string }>(items: Item[], item: Item): Item[] {
  return items.map((old) => (old.id === item.id ? item : old));
}

/** Puts an event into the cache, so that every page that shows its object shows it as it is now. */
export function applyEvent(queryClient: QueryClient, event: StreamEvent): void {
  switch (event.type) {
    case "snapshot":
      queryClient.setQueriesData<Page<RunOut>>(answersOf("listCalls"), (page) =>
        page ? { ...page, items: event.calls } : page,
      );
      for (const one of event.telephony_configurations) applyConfiguration(queryClient, one);
      // What else has changed since, nobody tells.
      refresh(
        queryClient,
        "organization",
        "phone-numbers",
        "runs",
        "telephony-configurations",
        "workflow-tests",
        "workflows",
      );
      return;
    case "run":
      applyRun(queryClient, event.run);
      return;
    case "telephony_configuration":
      applyConfiguration(queryClient, event.telephony_configuration);
      return;
    case "changed":
    case "removed":
      refresh(queryClient, event.noun as Noun);
      // A configuration counts its numbers, a number names its workflow.
      if (event.noun === "phone-numbers") refresh(queryClient, "telephony-configurations");
  }
}

function applyRun(queryClient: QueryClient, run: RunOut): void {
  queryClient.setQueriesData<Page<RunOut>>(answersOf("listCalls"), (page) => {
    if (page === undefined) return page;
    if (run.state === "completed") return { ...page, items: page.items.filter((call) => call.id !== run.id) };
    if (page.items.some((call) => call.id === run.id)) return { ...page, items: replaced(page.items, run) };
    return { ...page, items: [run, ...page.items] };
  });
  let isListed = false;
  queryClient.setQueriesData<InfiniteData<Page<RunOut>>>(answersOf("listRuns"), (list) => {
    if (list?.pages === undefined) return list;
    isListed ||= list.pages.some(({ items }) => items.some(({ id }) => id === run.id));
    return { ...list, pages: list.pages.map((page) => ({ ...page, items: replaced(page.items, run) })) };
  });
  // Whether a new run fits a list's filters, only the server knows.
  if (!isListed) queryClient.invalidateQueries(answersOf("listRuns"));
  const detail = answerFor("getRun", "run_id", run.id);
  queryClient.setQueriesData<RunDetail>(detail, (old) => (old ? { ...old, ...run } : old));
  // What was said meanwhile is in the run itself only.
  queryClient.invalidateQueries(detail);
  queryClient.invalidateQueries({ queryKey: ["run-timeline", run.id] });
  if (run.state === "completed" || !isListed) refresh(queryClient, "organization");
}

function applyConfiguration(queryClient: QueryClient, configuration: TelephonyConfigurationOut): void {
  let isListed = false;
  queryClient.setQueriesData<Page<TelephonyConfigurationOut>>(
    answersOf("listTelephonyConfigurations"),
    (page) => {
      if (page === undefined) return page;
      isListed ||= page.items.some(({ id }) => id === configuration.id);
      return { ...page, items: replaced(page.items, configuration) };
    },
  );
  if (!isListed) queryClient.invalidateQueries(answersOf("listTelephonyConfigurations"));
  queryClient.setQueriesData<TelephonyConfigurationOut>(
    answerFor("getTelephonyConfiguration", "configuration_id", configuration.id),
    (old) => (old ? configuration : old),
  );
}
