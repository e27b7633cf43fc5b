import { createFileRoute, redirect, useNavigate } from "@tanstack/react-router";
import { z } from "zod";
import { AuthPage } from "@/features/auth/AuthPage";
import { LoginForm } from "@/features/auth/LoginForm";
import { currentUser, isSetupNeeded, safeRedirect } from "@/features/auth/session";

export const Route = createFileRoute("/login")({
  validateSearch: z.object({ redirect: z.string().optional() }),
  beforeLoad: async ({ context, search }) => {
    if (await isSetupNeeded()) throw redirect({ to: "/setup" });
    if (await currentUser(context.queryClient)) throw redirect({ href: safeRedirect(search.redirect) });
  },
  component: LoginPage,
});

function LoginPage() {
  const search = Route.useSearch();
  const navigate = useNavigate();
  const { queryClient } = Route.useRouteContext();

  async function enter() {
    queryClient.clear();
    await navigate({ href: safeRedirect(search.redirect) });
  }

  return (
    <AuthPage title="Sign in" lead="Voice agents for your Asterisk PBX.">
      <LoginForm onSignedIn={enter} />
    </AuthPage>
  );
}
