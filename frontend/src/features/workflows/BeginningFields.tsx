import type { UseFormReturn } from "react-hook-form";
import type { WorkflowSampleOut } from "@/client/types.gen";
import { Field } from "@/components/ui/Field";
import { Select, TextArea } from "@/components/ui/inputs";
import type { WorkflowValues } from "./workflowValues";

type BeginningFieldsProps = {
  form: UseFormReturn<WorkflowValues>;
  samples: readonly WorkflowSampleOut[];
};

/** What a new workflow begins with: a sample, or a greeting and a farewell. */
export function BeginningFields({ form, samples }: BeginningFieldsProps) {
  const { errors } = form.formState;
  const chosen = samples.find(({ id }) => id === form.watch("sample"));
  return (
    <>
      <Field
        label="Begin with"
        help={chosen?.description ?? "A greeting, and a farewell when the caller says goodbye."}
      >
        {(control) => (
          <Select {...control} {...form.register("sample")}>
            <option value="">A greeting and a farewell</option>
            {samples.map(({ id, name }) => (
              <option key={id} value={id}>
                The sample {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {chosen === undefined && (
        <>
          <Field
            label="Greeting"
            error={errors.greeting?.message}
            help={
              <>
                The first words of every call. <code>{"{{caller_name | there}}"}</code> becomes the caller's
                name, or "there" when it is not known.
              </>
            }
          >
            {(control) => <TextArea {...control} {...form.register("greeting")} />}
          </Field>
          <Field
            label="Farewell"
            error={errors.farewell?.message}
            help="Spoken when the caller says goodbye."
          >
            {(control) => <TextArea {...control} {...form.register("farewell")} rows={2} />}
          </Field>
        </>
      )}
    </>
  );
}
