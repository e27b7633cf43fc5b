import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { login } from "@/client/sdk.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";

const schema = z.object({
  email: z.email("Enter your email address."),
  password: z.string().min(1, "Enter your password."),
});

/** Signs in with email and password; `onSignedIn` runs once the session cookie is there. */
export function LoginForm({ onSignedIn }: { onSignedIn: () => Promise<unknown> }) {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email: "", password: "" } });
  const { errors, isSubmitting } = form.formState;

  async function signIn(values: z.infer<typeof schema>) {
    try {
      await login({ body: values });
    } catch (reason) {
      form.resetField("password");
      showServerError(form, reason);
      return;
    }
    await onSignedIn();
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(signIn)} className="flex flex-col gap-4">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <Field label="Email" error={errors.email?.message}>
        {(control) => <Input {...control} {...form.register("email")} type="email" autoComplete="username" />}
      </Field>
      <Field label="Password" error={errors.password?.message}>
        {(control) => (
          <Input
            {...control}
            {...form.register("password")}
            type="password"
            autoComplete="current-password"
          />
        )}
      </Field>
      <Button kind="primary" type="submit" isPending={isSubmitting}>
        Sign in
      </Button>
    </form>
  );
}
