import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { getTelephonyConfigurationOptions } from "@/client/@tanstack/react-query.gen";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { TestCall } from "@/features/calls/TestCall";
import { PhoneNumbers } from "@/features/phone_numbers/PhoneNumbers";
import { AsteriskFiles } from "@/features/telephony_configurations/AsteriskFiles";
import { ChecksPanel } from "@/features/telephony_configurations/ChecksPanel";
import { ConnectionSettings } from "@/features/telephony_configurations/ConnectionSettings";
import { DeleteConfiguration } from "@/features/telephony_configurations/DeleteConfiguration";
import { EnabledSwitch } from "@/features/telephony_configurations/EnabledSwitch";
import { STATUS_POLL_MS } from "@/features/telephony_configurations/polling";
import { StatusPanel } from "@/features/telephony_configurations/StatusPanel";
import { useMayAdminister } from "@/lib/permissions";
import { useWorkflowChoices } from "@/lib/useWorkflowChoices";

export const Route = createFileRoute("/_signedIn/telephony-configurations/$configurationId")({
  component: ConfigurationPage,
});

function ConfigurationPage() {
  const { configurationId } = Route.useParams();
  const query = useQuery({
    ...getTelephonyConfigurationOptions({ path: { configuration_id: configurationId } }),
    refetchInterval: STATUS_POLL_MS,
  });
  const workflows = useWorkflowChoices();
  const mayAdminister = useMayAdminister();
  return (
    <Page
      title={query.data?.name ?? "Telephony configuration"}
      description={query.data && <span className="wrap-anywhere">{query.data.ari_endpoint}</span>}
      back={{ to: "/telephony-configurations", label: "Telephony" }}
      actions={
        query.data && (
          <div className="flex flex-wrap items-center gap-4">
            <EnabledSwitch configuration={query.data} />
            <TestCall configurations={[query.data]} workflows={workflows} />
          </div>
        )
      }
    >
      <QueryView
        query={query}
        skeleton={
          <Card isFlush>
            <SkeletonRows />
          </Card>
        }
      >
        {(configuration) => (
          <>
            <StatusPanel configuration={configuration} />
            <ChecksPanel configurationId={configuration.id} />
            <PhoneNumbers configurationId={configuration.id} />
            <AsteriskFiles configurationId={configuration.id} />
            <ConnectionSettings configuration={configuration} />
            {mayAdminister && (
              <Card
                title="Delete"
                description="Disabling keeps everything and can be taken back; deleting can't."
              >
                <DeleteConfiguration configuration={configuration} />
              </Card>
            )}
          </>
        )}
      </QueryView>
    </Page>
  );
}
