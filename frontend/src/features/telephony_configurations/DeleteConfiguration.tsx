import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { deleteTelephonyConfiguration } from "@/client/sdk.gen";
import type { TelephonyConfigurationOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { plural } from "@/lib/format";

/** Deletes a configuration, after saying what goes with it. */
export function DeleteConfiguration({ configuration }: { configuration: TelephonyConfigurationOut }) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { id, name, phone_number_count, status } = configuration;

  async function remove() {
    await deleteTelephonyConfiguration({ path: { configuration_id: id } });
    announce(`Deleted ${name}`);
    await navigate({ to: "/telephony-configurations" });
    await refresh(queryClient, "telephony-configurations");
  }

  return (
    <ConfirmDialog
      title={`Delete ${name}?`}
      confirmLabel="Delete"
      onConfirm={remove}
      trigger={
        <Button>
          <Trash2 aria-hidden className="size-4" />
          Delete configuration
        </Button>
      }
    >
      <p>
        The connection to the PBX, its password and {plural(phone_number_count, "phone number")} are deleted.
        Calls to them are no longer answered. Runs and recordings stay.
      </p>
      {status.active_calls > 0 && <p>{plural(status.active_calls, "active call")} must end first.</p>}
    </ConfirmDialog>
  );
}
