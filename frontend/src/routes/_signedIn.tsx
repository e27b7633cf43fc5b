import { createFileRoute, Outlet, redirect } from "@tanstack/react-router";
import { AppShell } from "@/components/AppShell";
import { Account } from "@/features/auth/Account";
import { currentUser, isSetupNeeded } from "@/features/auth/session";

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
  return (
    <AppShell account={<Account email={user.email} />}>
      <Outlet />
    </AppShell>
  );
}
