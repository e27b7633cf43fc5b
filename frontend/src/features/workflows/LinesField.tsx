import { useState } from "react";
import { Field } from "@/components/ui/Field";
import { TextArea } from "@/components/ui/inputs";

type LinesFieldProps = {
  label: string;
  help: string;
  lines: readonly string[];
  /** Without any: undefined. */
  onChange: (lines: string[] | undefined) => void;
};

/** Several texts, one a line; empty lines are left out when the field is left. */
export function LinesField({ label, help, lines, onChange }: LinesFieldProps) {
  const [text, setText] = useState<string | null>(null);

  function read() {
    if (text === null) return;
    const read = text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    setText(null);
    onChange(read.length === 0 ? undefined : read);
  }

  return (
    <Field label={label} help={help}>
      {(control) => (
        <TextArea
          {...control}
          rows={3}
          value={text ?? lines.join("\n")}
          onChange={({ target }) => setText(target.value)}
          onBlur={read}
        />
      )}
    </Field>
  );
}
