import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { setUp } from "@/client/sdk.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";
import { chosenPassword, passwordHelp } from "./passwords";

const schema = z.object({
  organization_name: z.string().trim().min(1, "Enter a name for your organization."),
  email: z.email("Enter an email address."),
  password: chosenPassword,
});

/** Makes the first administrator, who is signed in right after. */
export function SetupForm({ onSignedIn }: { onSignedIn: () => Promise<unknown> }) {
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { organization_name: "", email: "", password: "" },
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;

  async function create(values: z.infer<typeof schema>) {
    try {
      await setUp({ body: values });
    } catch (reason) {
      showServerError(form, reason);
      return;
    }
    await onSignedIn();
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(create)} className="flex flex-col gap-4">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <Field label="Organization name" error={errors.organization_name?.message}>
        {(control) => (
          <Input {...control} {...form.register("organization_name")} autoComplete="organization" />
        )}
      </Field>
      <Field label="Email" error={errors.email?.message} help="You sign in with this address.">
        {(control) => <Input {...control} {...form.register("email")} type="email" autoComplete="username" />}
      </Field>
      <Field label="Password" error={errors.password?.message} help={passwordHelp}>
        {(control) => (
          <Input {...control} {...form.register("password")} type="password" autoComplete="new-password" />
        )}
      </Field>
      <Button kind="primary" type="submit" isPending={isSubmitting}>
        Create administrator
      </Button>
    </form>
  );
}
