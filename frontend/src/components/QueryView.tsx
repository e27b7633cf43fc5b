import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState } from "./ErrorState";

type QueryViewProps<Data> = {
  query: UseQueryResult<Data, unknown>;
  skeleton: ReactNode;
  children: (data: Data) => ReactNode;
};

/** Loading, failed or loaded. Data that was once shown stays while a later refresh fails. */
export function QueryView<Data>({ query, skeleton, children }: QueryViewProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  return skeleton;
}
