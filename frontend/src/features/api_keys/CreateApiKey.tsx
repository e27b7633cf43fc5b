import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { createApiKeyMutation } from "@/client/@tanstack/react-query.gen";
import type { CreatedApiKey } from "@/client/types.gen";
import { zRole } from "@/client/zod.gen";
import { Button } from "@/components/ui/Button";
import { CopyButton } from "@/components/ui/CopyButton";
import { Field } from "@/components/ui/Field";
import { Input, Select } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { refresh } from "@/lib/api";
import { showServerError } from "@/lib/formErrors";
import { roleChoices } from "@/lib/roles";

const schema = z.object({
  name: z.string().trim().min(1, "Say what the key is for.").max(100, "Use at most 100 characters."),
  role: zRole,
  lifetime_days: z.enum(["", "30", "90", "365"]),
});

type Values = z.infer<typeof schema>;

const blank: Values = { name: "", role: "operator", lifetime_days: "" };

const DAY_MS = 24 * 60 * 60 * 1000;

/** The moment a number of days from now; none for a key that stays. */
function inDays(days: string): string | null {
  return days === "" ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
}

/** Makes a key and shows it this once. */
export function CreateApiKey() {
  const queryClient = useQueryClient();
  const create = useMutation(createApiKeyMutation());
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: blank });
  const { errors, isSubmitting } = form.formState;

  async function submit({ lifetime_days, ...values }: Values) {
    try {
      const body = { ...values, expires_at: inDays(lifetime_days) };
      setCreated(await create.mutateAsync({ body }));
    } catch (reason) {
      showServerError(form, reason);
      return;
    }
    form.reset(blank);
    await refresh(queryClient, "api-keys");
  }

  return (
    <form
      noValidate
      onSubmit={form.handleSubmit(submit)}
      aria-label="Create an API key"
      className="flex flex-col gap-4"
    >
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      {created && <ShownOnce created={created} />}
      <div className="grid items-start gap-4 sm:grid-cols-3">
        <Field label="Key name" error={errors.name?.message}>
          {(control) => (
            <Input {...control} {...form.register("name")} autoComplete="off" placeholder="e.g. CRM import" />
          )}
        </Field>
        <Field label="Role" error={errors.role?.message}>
          {(control) => (
            <Select {...control} {...form.register("role")}>
              {roleChoices.map(([role, { label }]) => (
                <option key={role} value={role}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Expires" error={errors.lifetime_days?.message}>
          {(control) => (
            <Select {...control} {...form.register("lifetime_days")}>
              <option value="">Never</option>
              <option value="30">In 30 days</option>
              <option value="90">In 90 days</option>
              <option value="365">In a year</option>
            </Select>
          )}
        </Field>
      </div>
      <div>
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Create API key
        </Button>
      </div>
    </form>
  );
}

function ShownOnce({ created }: { created: CreatedApiKey }) {
  return (
    <Notice tone="info">
      <p className="font-medium">The key {created.name} is shown only now. Keep it in a safe place.</p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <code className="rounded-md bg-surface px-2 py-1.5 font-mono text-xs text-ink wrap-anywhere">
          {created.key}
        </code>
        <CopyButton text={created.key} what="the API key" />
      </div>
    </Notice>
  );
}
