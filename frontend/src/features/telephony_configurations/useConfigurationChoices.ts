import { useQuery } from "@tanstack/react-query";
import { listTelephonyConfigurationsOptions } from "@/client/@tanstack/react-query.gen";
import type { TelephonyConfigurationOut } from "@/client/types.gen";
import { useLivePoll } from "@/lib/liveStatus";

const MOST_CHOICES = 200;

/** The enabled configurations, with how they stand; undefined until they are known. */
export function useConfigurationChoices(): readonly TelephonyConfigurationOut[] | undefined {
  const query = useQuery({
    ...listTelephonyConfigurationsOptions({ query: { limit: MOST_CHOICES } }),
    refetchInterval: useLivePoll(),
  });
  return query.data?.items.filter(({ is_enabled }) => is_enabled);
}
