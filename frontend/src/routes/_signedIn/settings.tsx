import { createFileRoute } from "@tanstack/react-router";
import { Page } from "@/components/Page";
import { ApiKeys } from "@/features/api_keys/ApiKeys";
import { OrganizationSettings } from "@/features/organizations/OrganizationSettings";

export const Route = createFileRoute("/_signedIn/settings")({ component: SettingsPage });

function SettingsPage() {
  return (
    <Page title="Settings">
      <OrganizationSettings />
      <ApiKeys />
    </Page>
  );
}
