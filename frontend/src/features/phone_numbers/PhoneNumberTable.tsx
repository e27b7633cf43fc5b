import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { deletePhoneNumber, updatePhoneNumber } from "@/client/sdk.gen";
import type { PhoneNumberOut, PhoneNumberPatch } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { Switch } from "@/components/ui/inputs";
import { Table } from "@/components/ui/Table";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { useSavedValue } from "@/lib/useSavedValue";
import { WorkflowSelect } from "./WorkflowSelect";

const pathOf = (row: PhoneNumberOut) => ({
  configuration_id: row.telephony_configuration_id,
  phone_number_id: row.id,
});

/** The numbers of a configuration; workflow, caller ID and active flag are changed in place. */
export function PhoneNumberTable({ rows }: { rows: readonly PhoneNumberOut[] }) {
  return (
    <Table
      caption="Phone numbers"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          header: "Address",
          isTitle: true,
          cell: (row) => (
            <span className="wrap-anywhere">
              <span className="font-medium tabular-nums">{row.address}</span>
              {row.address_normalized !== row.address.toLowerCase() && (
                <span className="block text-xs text-muted tabular-nums">
                  taken as {row.address_normalized}
                </span>
              )}
              {row.label && <span className="block text-xs text-muted">{row.label}</span>}
            </span>
          ),
        },
        { header: "Inbound workflow", cell: (row) => <NumberWorkflow row={row} /> },
        { header: "Default caller ID", cell: (row) => <CallerIdSwitch row={row} /> },
        { header: "Active", cell: (row) => <ActiveSwitch row={row} /> },
        { header: "Actions", isActions: true, cell: (row) => <DeletePhoneNumber row={row} /> },
      ]}
    />
  );
}

function useNumberChange(row: PhoneNumberOut): (change: PhoneNumberPatch) => Promise<void> {
  const queryClient = useQueryClient();
  return async (change) => {
    await updatePhoneNumber({ path: pathOf(row), body: change });
    await refresh(queryClient, "phone-numbers");
    announce(`Saved ${row.address}`);
  };
}

function NumberWorkflow({ row }: { row: PhoneNumberOut }) {
  const change = useNumberChange(row);
  const workflowId = useSavedValue(row.inbound_workflow_id, (inbound_workflow_id) =>
    change({ inbound_workflow_id }),
  );
  return (
    <WorkflowSelect
      aria-label={`Workflow of ${row.address}`}
      className="max-w-60"
      value={workflowId.value ?? ""}
      aria-busy={workflowId.isSaving}
      onChange={(event) => workflowId.change(event.target.value || null)}
    />
  );
}

function ActiveSwitch({ row }: { row: PhoneNumberOut }) {
  const change = useNumberChange(row);
  const active = useSavedValue(row.is_active, (is_active) => change({ is_active }));
  return (
    <Switch
      isLabelHidden
      label={`${row.address} is active`}
      checked={active.value}
      aria-busy={active.isSaving}
      onChange={(event) => active.change(event.target.checked)}
    />
  );
}

/** At most one number is shown to those we call: turning one on turns the others off. */
function CallerIdSwitch({ row }: { row: PhoneNumberOut }) {
  const change = useNumberChange(row);
  const isDefault = useSavedValue(row.is_default_caller_id, (is_default_caller_id) =>
    change({ is_default_caller_id }),
  );
  // A pattern is many numbers, and none that could be called back.
  if (row.address_type === "pattern") return <span className="text-muted">–</span>;
  return (
    <Switch
      isLabelHidden
      label={`${row.address} is the default caller ID`}
      checked={isDefault.value}
      aria-busy={isDefault.isSaving}
      onChange={(event) => isDefault.change(event.target.checked)}
    />
  );
}

function DeletePhoneNumber({ row }: { row: PhoneNumberOut }) {
  const queryClient = useQueryClient();

  async function remove() {
    await deletePhoneNumber({ path: pathOf(row) });
    announce(`Deleted ${row.address}`);
    await refresh(queryClient, "phone-numbers", "telephony-configurations");
  }

  return (
    <ConfirmDialog
      title={`Delete ${row.address}?`}
      confirmLabel="Delete"
      onConfirm={remove}
      trigger={
        <Button kind="ghost" size="small" aria-label={`Delete ${row.address}`} className="ml-auto">
          <Trash2 aria-hidden className="size-4" />
          <span className="md:hidden">Delete</span>
        </Button>
      }
    >
      <p>Calls to {row.address} are refused from then on. Its runs and recordings stay.</p>
    </ConfirmDialog>
  );
}
