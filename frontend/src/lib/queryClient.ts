import { QueryCache, QueryClient } from "@tanstack/react-query";
import { toApiError } from "./apiError";

const RETRIES = 2;
const FRESH_MS = 1_000;

/** The cache of server state; `onSignedOut` is called when any request finds the session gone. */
export function createQueryClient(onSignedOut: () => void = () => {}): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (reason) => {
        if (toApiError(reason).status === 401) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (failures, reason) => failures < RETRIES && toApiError(reason).isRetryable,
      },
    },
  });
}
