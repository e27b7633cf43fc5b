import type { ReactNode } from "react";
import { Field } from "@/components/ui/Field";
import { Input, TextArea } from "@/components/ui/inputs";

type TextFieldProps = {
  label: string;
  value: string | undefined;
  /** An empty text is left out: then it is as usual. */
  onChange: (value: string | undefined) => void;
  help?: ReactNode;
  /** How many lines are shown; one without it. */
  rows?: number;
  placeholder?: string;
  maxLength?: number;
  className?: string;
};

/** A labelled text of a step or a way on. */
export function TextField({ label, value, onChange, help, rows, className, ...rest }: TextFieldProps) {
  const change = ({ target }: { target: { value: string } }) =>
    onChange(target.value === "" ? undefined : target.value);
  return (
    <Field label={label} help={help} {...(className && { className })}>
      {(control) =>
        rows === undefined ? (
          <Input {...control} {...rest} autoComplete="off" value={value ?? ""} onChange={change} />
        ) : (
          <TextArea {...control} {...rest} rows={rows} value={value ?? ""} onChange={change} />
        )
      }
    </Field>
  );
}
