import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useForm } from "react-hook-form";
import { getOrganizationOptions, updateOrganizationMutation } from "@/client/@tanstack/react-query.gen";
import type { OrganizationOut } from "@/client/types.gen";
import { ForRole } from "@/components/ForRole";
import { QueryView } from "@/components/QueryView";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { showServerError } from "@/lib/formErrors";
import { limitOf, type OrganizationValues, organizationSchema, textOfLimit } from "./limits";
import { UsageMeter } from "./UsageMeter";

/** The organization's name, its limits, and how much of them is used. */
export function OrganizationSettings() {
  const query = useQuery(getOrganizationOptions());
  return (
    <Card title="Organization" description="Calls beyond a limit are refused and leave a run that says so.">
      <QueryView query={query} skeleton={<SkeletonRows rows={3} />}>
        {(organization) => (
          <div className="grid gap-8 md:grid-cols-[1fr_16rem]">
            <div>
              <ForRole least="admin">
                <OrganizationForm organization={organization} />
              </ForRole>
            </div>
            <div className="flex flex-col gap-5">
              <UsageMeter
                label="Calls right now"
                used={organization.usage.active_calls}
                limit={organization.max_concurrent_calls}
              />
              <UsageMeter
                label="Minutes this month"
                used={organization.usage.minutes_this_month}
                limit={organization.monthly_minutes}
              />
            </div>
          </div>
        )}
      </QueryView>
    </Card>
  );
}

function OrganizationForm({ organization }: { organization: OrganizationOut }) {
  const queryClient = useQueryClient();
  const update = useMutation(updateOrganizationMutation());
  const values = useMemo<OrganizationValues>(
    () => ({
      name: organization.name,
      max_concurrent_calls: textOfLimit(organization.max_concurrent_calls),
      monthly_minutes: textOfLimit(organization.monthly_minutes),
    }),
    [organization],
  );
  const form = useForm({
    resolver: zodResolver(organizationSchema),
    values,
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;

  async function save({ name, max_concurrent_calls, monthly_minutes }: OrganizationValues) {
    const body = {
      name,
      max_concurrent_calls: limitOf(max_concurrent_calls),
      monthly_minutes: limitOf(monthly_minutes),
    };
    try {
      await update.mutateAsync({ body });
    } catch (reason) {
      showServerError(form, reason);
      return;
    }
    announce("Saved the organization");
    await refresh(queryClient, "organization", "auth");
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(save)} className="flex max-w-md flex-col gap-5">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <Field label="Organization name" error={errors.name?.message}>
        {(control) => <Input {...control} {...form.register("name")} autoComplete="organization" />}
      </Field>
      <Field
        label="Calls at the same time"
        help="Leave empty for no limit."
        error={errors.max_concurrent_calls?.message}
      >
        {(control) => <Input {...control} {...form.register("max_concurrent_calls")} inputMode="numeric" />}
      </Field>
      <Field label="Minutes a month" help="Leave empty for no limit." error={errors.monthly_minutes?.message}>
        {(control) => <Input {...control} {...form.register("monthly_minutes")} inputMode="numeric" />}
      </Field>
      <div>
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Save organization
        </Button>
      </div>
    </form>
  );
}
