import { createFileRoute } from "@tanstack/react-router";
import { RoleNote } from "@/components/ForRole";
import { Page } from "@/components/Page";
import { Card } from "@/components/ui/Card";
import { ApiKeys } from "@/features/api_keys/ApiKeys";
import { AuditLog } from "@/features/audit_log/AuditLog";
import { ChangePassword } from "@/features/auth/ChangePassword";
import { OrganizationSettings } from "@/features/organizations/OrganizationSettings";
import { Sessions } from "@/features/sessions/Sessions";
import { Members } from "@/features/users/Members";
import { useMayAdminister } from "@/lib/permissions";

export const Route = createFileRoute("/_signedIn/settings")({ component: SettingsPage });

function SettingsPage() {
  const { user } = Route.useRouteContext();
  const mayAdminister = useMayAdminister();
  return (
    <Page title="Settings">
      <OrganizationSettings />
      {mayAdminister ? (
        <>
          <Members />
          <ApiKeys />
        </>
      ) : (
        <Card title="Administration">
          <RoleNote>Members, API keys and the audit log are for administrators.</RoleNote>
        </Card>
      )}
      <Sessions />
      <ChangePassword email={user.email} />
      {mayAdminister && <AuditLog />}
    </Page>
  );
}
