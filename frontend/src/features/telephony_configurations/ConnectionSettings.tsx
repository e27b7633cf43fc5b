import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  listTelephonyProvidersOptions,
  updateTelephonyConfigurationMutation,
} from "@/client/@tanstack/react-query.gen";
import type { TelephonyConfigurationOut } from "@/client/types.gen";
import { ForRole } from "@/components/ForRole";
import { QueryView } from "@/components/QueryView";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { ConfigurationForm } from "./ConfigurationForm";

/** Changes a stored configuration; the connection takes the new values up at once. */
export function ConnectionSettings({ configuration }: { configuration: TelephonyConfigurationOut }) {
  const queryClient = useQueryClient();
  const providers = useQuery({ ...listTelephonyProvidersOptions(), staleTime: Number.POSITIVE_INFINITY });
  const update = useMutation(updateTelephonyConfigurationMutation());

  async function save(payload: Record<string, unknown>) {
    const saved = await update.mutateAsync({ path: { configuration_id: configuration.id }, body: payload });
    announce(`Saved ${saved.name}`);
    await refresh(queryClient, "telephony-configurations");
    return saved;
  }

  return (
    <Card title="Connection" description="Changes are taken up at once; running calls go on.">
      <QueryView query={providers} skeleton={<SkeletonRows />}>
        {({ items }) => (
          <ForRole least="admin">
            <ConfigurationForm
              fields={items.find((item) => item.provider === configuration.provider)?.fields ?? []}
              stored={configuration}
              onSave={save}
            />
          </ForRole>
        )}
      </QueryView>
    </Card>
  );
}
