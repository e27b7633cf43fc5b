import { useId } from "react";
import type { UseFormReturn } from "react-hook-form";
import type { FormFieldOut } from "@/client/types.gen";
import { type ControlProps, Field } from "@/components/ui/Field";
import { Input, Select, Switch } from "@/components/ui/inputs";
import type { FormValues } from "./providerForm";

type ProviderFieldProps = { field: FormFieldOut; form: UseFormReturn<FormValues>; isEditing: boolean };

/** One field of a provider, as the kind of its value asks for. */
export function ProviderField({ field, form, isEditing }: ProviderFieldProps) {
  const helpId = useId();
  if (field.type === "boolean") {
    return (
      <div className="flex flex-col items-start gap-1">
        <Switch label={field.label} aria-describedby={helpId} {...form.register(field.name)} />
        <p id={helpId} className="text-xs text-muted">
          {field.help}
        </p>
      </div>
    );
  }
  return (
    <Field
      label={field.label}
      help={field.help}
      isOptional={!field.required}
      error={form.formState.errors[field.name]?.message}
    >
      {(control) =>
        field.type === "choice" ? (
          <Select {...control} {...form.register(field.name)}>
            {field.choices.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        ) : (
          <TextInput field={field} form={form} isEditing={isEditing} control={control} />
        )
      }
    </Field>
  );
}

function TextInput({ field, form, isEditing, control }: ProviderFieldProps & { control: ControlProps }) {
  return (
    <Input
      {...control}
      {...form.register(field.name)}
      type={field.secret ? "password" : "text"}
      inputMode={inputModes[field.type]}
      autoComplete={field.secret ? "new-password" : "off"}
      spellCheck={false}
      placeholder={placeholderOf(field, isEditing)}
      className={field.type === "number" ? "max-w-32" : ""}
    />
  );
}

const inputModes: Partial<Record<FormFieldOut["type"], "url" | "numeric">> = {
  url: "url",
  number: "numeric",
};

function placeholderOf(field: FormFieldOut, isEditing: boolean): string | undefined {
  if (field.secret) return isEditing ? "Set. Leave empty to keep it." : undefined;
  return field.example ? `e.g. ${field.example}` : undefined;
}
