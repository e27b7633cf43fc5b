import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { createWebhookMutation } from "@/client/@tanstack/react-query.gen";
import type { CreatedWebhook, NewWebhook } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { CopyButton } from "@/components/ui/CopyButton";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { refresh } from "@/lib/api";
import { showServerError } from "@/lib/formErrors";
import { events } from "./words";

const schema = z.object({
  url: z.url({ protocol: /^https?$/, error: "Write an address such as https://crm.example.com/asisso." }),
  description: z.string().trim().max(200, "Use at most 200 characters."),
  events: z.array(z.string()).min(1, "Choose at least one event."),
});

type Values = z.infer<typeof schema>;

const blank: Values = { url: "", description: "", events: ["run.completed"] };

/** Has another program told of events; shows its secret this once. */
export function CreateWebhook() {
  const queryClient = useQueryClient();
  const create = useMutation(createWebhookMutation());
  const [created, setCreated] = useState<CreatedWebhook | null>(null);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: blank });
  const { errors, isSubmitting } = form.formState;

  async function submit(values: Values) {
    try {
      setCreated(
        await create.mutateAsync({ body: { ...values, events: values.events as NewWebhook["events"] } }),
      );
    } catch (reason) {
      showServerError(form, reason);
      return;
    }
    form.reset(blank);
    await refresh(queryClient, "webhooks");
  }

  return (
    <form
      noValidate
      onSubmit={form.handleSubmit(submit)}
      aria-label="Add a webhook"
      className="flex flex-col gap-4"
    >
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      {created && <ShownOnce created={created} />}
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="Address" error={errors.url?.message}>
          {(control) => (
            <Input
              {...control}
              {...form.register("url")}
              type="url"
              autoComplete="off"
              placeholder="https://crm.example.com/asisso"
            />
          )}
        </Field>
        <Field label="Description" error={errors.description?.message}>
          {(control) => <Input {...control} {...form.register("description")} autoComplete="off" />}
        </Field>
      </div>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-sm font-medium">Events</legend>
        {Object.entries(events).map(([event, words]) => (
          <label key={event} className="flex min-h-6 items-center gap-2">
            <input type="checkbox" value={event} {...form.register("events")} className="size-4" />
            <span>{words}</span>
            <code className="font-mono text-xs text-muted max-sm:hidden">{event}</code>
          </label>
        ))}
        {errors.events && <p className="text-xs text-bad">{errors.events.message}</p>}
      </fieldset>
      <div>
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Add webhook
        </Button>
      </div>
    </form>
  );
}

function ShownOnce({ created }: { created: CreatedWebhook }) {
  return (
    <Notice tone="info">
      <p className="font-medium">
        The secret of this webhook is shown only now. The receiver checks signatures with it.
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <code className="rounded-md bg-surface px-2 py-1.5 font-mono text-xs text-ink wrap-anywhere">
          {created.secret}
        </code>
        <CopyButton text={created.secret} what="the secret" />
      </div>
    </Notice>
  );
}
