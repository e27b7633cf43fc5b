import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { logout } from "@/client/sdk.gen";
import { Button } from "@/components/ui/Button";
import { announce } from "@/lib/announcements";
import { toApiError } from "@/lib/apiError";

/** Who is signed in, and the way out. */
export function Account({ email }: { email: string }) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();

  async function signOut() {
    try {
      await logout();
    } catch (reason) {
      announce(toApiError(reason).message);
      return;
    }
    queryClient.clear();
    await navigate({ to: "/login" });
  }

  return (
    <>
      <span className="hidden min-w-0 truncate px-2 text-muted sm:inline">{email}</span>
      <Button kind="ghost" onClick={signOut} title={`Signed in as ${email}`} className="px-2.5!">
        <LogOut aria-hidden className="size-4" />
        Sign out
      </Button>
    </>
  );
}
