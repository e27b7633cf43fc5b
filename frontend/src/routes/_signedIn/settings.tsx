import { createFileRoute } from "@tanstack/react-router";
import { Page } from "@/components/Page";
import { ApiKeys } from "@/features/api_keys/ApiKeys";
import { OrganizationSettings } from "@/features/organizations/OrganizationSettings";
import { Webhooks } from "@/features/webhooks/Webhooks";
import { useIsAdmin } from "@/lib/useMayOperate";

export const Route = createFileRoute("/_signedIn/settings")({ component: SettingsPage });

function SettingsPage() {
  const isAdmin = useIsAdmin();
  return (
    <Page title="Settings">
      <OrganizationSettings />
      <ApiKeys />
      {isAdmin && <Webhooks />}
    </Page>
  );
}
