import { useQueryClient } from "@tanstack/react-query";
import { KeyRound, Pause, Play, Trash2 } from "lucide-react";
import { removeUser, renewInvitation, updateUser } from "@/client/sdk.gen";
import type { InvitedUser, MemberOut } from "@/client/types.gen";
import { ActionMenu } from "@/components/ui/ActionMenu";
import { Button } from "@/components/ui/Button";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";

type MemberActionsProps = { row: MemberOut; onInvited: (invited: InvitedUser) => void };

/** A new link, shutting somebody out for a while, and removing them. */
export function MemberActions({ row, onInvited }: MemberActionsProps) {
  const queryClient = useQueryClient();
  const path = { user_id: row.id };

  async function attempt(work: () => Promise<string>) {
    try {
      const said = await work();
      await refresh(queryClient, "users");
      announce(said);
    } catch (reason) {
      announce(toApiError(reason).message);
    }
  }

  const renew = () =>
    attempt(async () => {
      const { data } = await renewInvitation({ path });
      onInvited(data);
      return `A new link for ${row.email} is below the list`;
    });

  const enable = (is_enabled: boolean) =>
    attempt(async () => {
      await updateUser({ path, body: { is_enabled } });
      return `${row.email} is ${is_enabled ? "enabled" : "disabled and signed out"}`;
    });

  const link = row.state === "invited" ? "New invitation link" : "Link for a new password";
  const actions = row.is_enabled
    ? [
        { label: link, icon: KeyRound, onSelect: renew },
        { label: "Disable", icon: Pause, onSelect: () => enable(false) },
      ]
    : [{ label: "Enable", icon: Play, onSelect: () => enable(true) }];
  return (
    <div className="ml-auto flex items-center justify-end gap-1">
      <ActionMenu label={`More for ${row.email}`} actions={actions} />
      <RemoveMember row={row} />
    </div>
  );
}

function RemoveMember({ row }: { row: MemberOut }) {
  const queryClient = useQueryClient();

  async function remove() {
    await removeUser({ path: { user_id: row.id } });
    announce(`Removed ${row.email}`);
    await refresh(queryClient, "users");
  }

  return (
    <ConfirmDialog
      title={`Remove ${row.email}?`}
      confirmLabel="Remove"
      onConfirm={remove}
      trigger={
        <Button kind="ghost" size="small" aria-label={`Remove ${row.email}`}>
          <Trash2 aria-hidden className="size-4" />
          <span className="md:hidden">Remove</span>
        </Button>
      }
    >
      <p>They are signed out at once and can't come back without a new invitation. What they made stays.</p>
    </ConfirmDialog>
  );
}
