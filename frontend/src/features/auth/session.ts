import type { QueryClient } from "@tanstack/react-query";
import { getMeOptions } from "@/client/@tanstack/react-query.gen";
import { getSetup } from "@/client/sdk.gen";
import type { UserOut } from "@/client/types.gen";
import { toApiError } from "@/lib/apiError";

/** The signed-in user, or null. Asked once and kept while the session holds. */
export async function currentUser(queryClient: QueryClient): Promise<UserOut | null> {
  try {
    const me = await queryClient.ensureQueryData(getMeOptions());
    return me.user;
  } catch (reason) {
    if (toApiError(reason).status === 401) return null;
    throw reason;
  }
}

/** Whether no administrator exists yet. */
export async function isSetupNeeded(): Promise<boolean> {
  const { data } = await getSetup();
  return data.needed;
}

/** Where to go after signing in: only ever a path of this site, whatever the address said. */
export function safeRedirect(target: string | undefined): string {
  return target?.startsWith("/") && !/^\/[/\\]/.test(target) ? target : "/";
}
