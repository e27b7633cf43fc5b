import { useState } from "react";
import { Field } from "@/components/ui/Field";
import { TextArea } from "@/components/ui/inputs";

type Pairs = Readonly<Record<string, string>>;

type PairsFieldProps = {
  label: string;
  help: string;
  pairs: Pairs;
  /** Without any pair: undefined. */
  onChange: (pairs: Pairs | undefined) => void;
};

/** Names with values, one pair a line; read when the field is left. */
export function PairsField({ label, help, pairs, onChange }: PairsFieldProps) {
  const [text, setText] = useState(textOf(pairs));
  const [error, setError] = useState<string | undefined>();

  function read() {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const wrong = lines.find((line) => line.indexOf("=") < 1);
    if (wrong !== undefined) return setError(`“${wrong.trim()}” has no equals sign behind a name.`);
    setError(undefined);
    if (text === textOf(pairs)) return;
    const read = lines.map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });
    onChange(read.length === 0 ? undefined : Object.fromEntries(read));
  }

  return (
    <Field label={label} help={help} error={error}>
      {(control) => (
        <TextArea
          {...control}
          rows={2}
          spellCheck={false}
          value={text}
          onChange={({ target }) => setText(target.value)}
          onBlur={read}
        />
      )}
    </Field>
  );
}

function textOf(pairs: Pairs): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name} = ${value}`)
    .join("\n");
}
