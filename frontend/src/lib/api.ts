import type { QueryClient } from "@tanstack/react-query";
import { client } from "@/client/client.gen";
import { apiErrorFrom } from "./apiError";

/** Sets the generated client up: same origin, session cookie, and every refusal an `ApiError`. */
export function configureClient(baseUrl = ""): void {
  client.setConfig({ baseUrl, credentials: "same-origin", throwOnError: true });
  client.interceptors.error.clear();
  client.interceptors.error.use((body, response) =>
    response === undefined
      ? body
      : apiErrorFrom(response.status, body, response.headers.get("x-request-id") ?? ""),
  );
}

/** The nouns of the API: each is the tag of its operations, and so of their query keys. */
export type Noun =
  | "api-keys"
  | "audit-log"
  | "auth"
  | "calls"
  | "organization"
  | "phone-numbers"
  | "runs"
  | "sessions"
  | "telephony-configurations"
  | "users"
  | "webhooks"
  | "workflow-tests"
  | "workflows";

/** Reads everything about some nouns again, after something of theirs was changed; the log of changes tells it too. */
export function refresh(queryClient: QueryClient, ...nouns: Noun[]): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey }) => {
      const [key] = queryKey as [{ tags?: readonly string[] } | undefined];
      return key?.tags?.some((tag) => tag === "audit-log" || (nouns as string[]).includes(tag)) ?? false;
    },
  });
}
