import { useQuery } from "@tanstack/react-query";
import { createFileRoute, useLocation, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { getInvitation } from "@/client/sdk.gen";
import { Notice } from "@/components/ui/Notice";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { AcceptInvitation } from "@/features/auth/AcceptInvitation";
import { AuthPage } from "@/features/auth/AuthPage";
import { toApiError } from "@/lib/apiError";
import { roles } from "@/lib/roles";

export const Route = createFileRoute("/invitation")({ component: InvitationPage });

/** Where an invitation link leads. Its token stands behind the #, which is sent to no server. */
function InvitationPage() {
  const { hash } = useLocation();
  const [token] = useState(hash);
  const navigate = useNavigate();
  const { queryClient } = Route.useRouteContext();
  const query = useQuery({
    queryKey: ["invitation", token],
    queryFn: async () => (await getInvitation({ body: { token } })).data,
    enabled: token !== "",
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

  async function enter() {
    queryClient.clear();
    await navigate({ to: "/", replace: true });
  }

  if (token === "" || query.isError) {
    const isVoid = token === "" || toApiError(query.error).status === 404;
    return (
      <AuthPage title="This link does not work" lead="Invitation links work once, and only for a week.">
        <Notice tone="bad">
          {isVoid
            ? "It was used already, has expired or was taken back. Ask whoever invited you for a new one."
            : toApiError(query.error).message}
        </Notice>
      </AuthPage>
    );
  }
  if (query.data === undefined) {
    return (
      <AuthPage title="Invitation" lead="Looking at your link.">
        <SkeletonRows rows={2} />
      </AuthPage>
    );
  }
  const { organization_name, role, is_new } = query.data;
  return (
    <AuthPage
      title={is_new ? `Join ${organization_name}` : "Choose a new password"}
      lead={is_new ? `You are invited as ${roles[role].name.toLowerCase()}.` : `For ${organization_name}.`}
    >
      <AcceptInvitation token={token} invitation={query.data} onSignedIn={enter} />
    </AuthPage>
  );
}
