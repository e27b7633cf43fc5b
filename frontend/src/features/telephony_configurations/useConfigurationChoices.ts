import { useQuery } from "@tanstack/react-query";
import { listTelephonyConfigurationsOptions } from "@/client/@tanstack/react-query.gen";
import type { TelephonyConfigurationOut } from "@/client/types.gen";
import { STATUS_POLL_MS } from "./polling";

const MOST_CHOICES = 200;

/** The enabled configurations, with how they stand; undefined until they are known. */
export function useConfigurationChoices(): readonly TelephonyConfigurationOut[] | undefined {
  const query = useQuery({
    ...listTelephonyConfigurationsOptions({ query: { limit: MOST_CHOICES } }),
    refetchInterval: STATUS_POLL_MS,
  });
  return query.data?.items.filter(({ is_enabled }) => is_enabled);
}
