import { createFileRoute, redirect, useNavigate } from "@tanstack/react-router";
import { AuthPage } from "@/features/auth/AuthPage";
import { SetupForm } from "@/features/auth/SetupForm";
import { isSetupNeeded } from "@/features/auth/session";

export const Route = createFileRoute("/setup")({
  beforeLoad: async () => {
    if (!(await isSetupNeeded())) throw redirect({ to: "/login" });
  },
  component: SetupPage,
});

function SetupPage() {
  const navigate = useNavigate();
  const { queryClient } = Route.useRouteContext();

  async function enter() {
    queryClient.clear();
    await navigate({ to: "/" });
  }

  return (
    <AuthPage title="Set up Asisso" lead="Create the first administrator.">
      <SetupForm onSignedIn={enter} />
    </AuthPage>
  );
}
