import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { transferCall } from "@/client/sdk.gen";
import type { RunOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input, Select, Switch, TextArea } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { partyOf } from "@/lib/callWords";
import { showServerError } from "@/lib/formErrors";
import { blankTransfer, type TransferValues, transferModes, transferOf, transferSchema } from "./transfer";

type TransferFormProps = { call: RunOut; onDone: () => void };

/** Where the caller is to go, and how. */
export function TransferForm({ call, onDone }: TransferFormProps) {
  const queryClient = useQueryClient();
  const form = useForm({
    resolver: zodResolver(transferSchema),
    defaultValues: blankTransfer,
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;
  const mode = form.watch("mode");

  async function transfer(values: TransferValues) {
    try {
      await transferCall({ path: { run_id: call.id }, body: transferOf(values) });
    } catch (reason) {
      showServerError(form, reason);
      return;
    }
    announce(`Transferring ${partyOf(call)}. The run's timeline tells how it goes.`);
    onDone();
    await refresh(queryClient, "calls");
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(transfer)} className="flex flex-col gap-4">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <Field label="How" help={transferModes[mode].help}>
        {(control) => (
          <Select {...control} {...form.register("mode")}>
            {Object.entries(transferModes).map(([value, { label }]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {mode === "dialplan" ? (
        <div className="grid items-start gap-4 sm:grid-cols-[1fr_1fr_6rem]">
          <Field label="Context" error={errors.context?.message}>
            {(control) => (
              <Input {...control} {...form.register("context")} autoComplete="off" placeholder="internal" />
            )}
          </Field>
          <Field label="Extension" error={errors.extension?.message}>
            {(control) => (
              <Input {...control} {...form.register("extension")} autoComplete="off" placeholder="200" />
            )}
          </Field>
          <Field label="Priority" error={errors.priority?.message}>
            {(control) => <Input {...control} {...form.register("priority")} inputMode="numeric" />}
          </Field>
        </div>
      ) : (
        <Field label="To" help="A number, or an endpoint such as PJSIP/6001." error={errors.to?.message}>
          {(control) => <Input {...control} {...form.register("to")} autoComplete="off" placeholder="6001" />}
        </Field>
      )}
      {mode === "attended" && (
        <>
          <Field
            label="Briefing"
            isOptional
            help="Told to whoever answers, before the caller is connected."
            error={errors.briefing?.message}
          >
            {(control) => (
              <TextArea
                {...control}
                {...form.register("briefing")}
                rows={2}
                placeholder="There is a caller for you."
              />
            )}
          </Field>
          <Switch label="Must press 1 to take the call" {...form.register("must_confirm")} />
        </>
      )}
      <div className="flex justify-end">
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Transfer
        </Button>
      </div>
    </form>
  );
}
