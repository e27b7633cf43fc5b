import { useQuery } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { Plus, Server } from "lucide-react";
import { listTelephonyConfigurationsOptions } from "@/client/@tanstack/react-query.gen";
import { EmptyState } from "@/components/EmptyState";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { ConfigurationTable } from "@/features/telephony_configurations/ConfigurationTable";
import { STATUS_POLL_MS } from "@/features/telephony_configurations/polling";
import { useMayAdminister } from "@/lib/permissions";

export const Route = createFileRoute("/_signedIn/telephony-configurations/")({
  component: ConfigurationsPage,
});

function ConfigurationsPage() {
  const query = useQuery({ ...listTelephonyConfigurationsOptions(), refetchInterval: STATUS_POLL_MS });
  const hasRows = (query.data?.items.length ?? 0) > 0;
  return (
    <Page
      title="Telephony"
      description="The Asterisk PBXs whose calls your agents answer."
      actions={hasRows && <AddConfiguration />}
    >
      <Card isFlush>
        <QueryView query={query} skeleton={<SkeletonRows />}>
          {(page) =>
            page.items.length > 0 ? (
              <ConfigurationTable rows={page.items} />
            ) : (
              <EmptyState icon={Server} title="No PBX is connected yet" action={<AddConfiguration />}>
                A telephony configuration connects your Asterisk to Asisso, so that calls to your extensions
                reach a voice agent. You need the address of its ARI and a user from ari.conf.
              </EmptyState>
            )
          }
        </QueryView>
      </Card>
    </Page>
  );
}

function AddConfiguration() {
  const navigate = useNavigate();
  if (!useMayAdminister()) return <p className="text-muted">Only administrators connect PBXs.</p>;
  return (
    <Button kind="primary" onClick={() => navigate({ to: "/telephony-configurations/new" })}>
      <Plus aria-hidden className="size-4" />
      Add configuration
    </Button>
  );
}
