import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, Outlet, redirect } from "@tanstack/react-router";
import { useEffect } from "react";
import { AppShell } from "@/components/AppShell";
import { Account } from "@/features/auth/Account";
import { currentUser, isSetupNeeded } from "@/features/auth/session";
import { followEvents } from "@/lib/liveEvents";

export const Route = createFileRoute("/_signedIn")({
  beforeLoad: async ({ context, location }) => {
    const user = await currentUser(context.queryClient);
    if (user !== null) return { user };
    if (await isSetupNeeded()) throw redirect({ to: "/setup" });
    throw redirect({ to: "/login", search: { redirect: location.href } });
  },
  component: SignedIn,
});

function SignedIn() {
  const { user } = Route.useRouteContext();
  const queryClient = useQueryClient();
  useEffect(() => followEvents(queryClient), [queryClient]);
  return (
    <AppShell account={<Account email={user.email} />}>
      <Outlet />
    </AppShell>
  );
}
