import { useState } from "react";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { type Path, valueAt } from "./documents";
import type { FieldsProps } from "./SchemaField";

/** A text that is never shown again: it stays while nothing is entered, is replaced, or taken away. */
export function SecretField({
  label,
  path,
  document,
  onChange,
  faults,
}: FieldsProps & { label: string; path: Path }) {
  const name = path[path.length - 1] ?? "";
  const isSet = valueAt(document, [...path.slice(0, -1), `${name}_set`]) === true;
  const value = valueAt(document, path);
  const [isReplacing, setReplacing] = useState(false);
  const isShown = !isSet || isReplacing || typeof value === "string";

  function keep() {
    setReplacing(false);
    onChange(path, undefined);
  }

  return (
    <Field
      label={label}
      isOptional
      error={faults[path.join(".")]}
      help={
        isShown
          ? isSet && "The one that is stored is replaced when you save; left empty, it is taken away."
          : "One is stored. It is never shown again."
      }
    >
      {(control) => (
        <div className="flex flex-wrap items-center gap-2">
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            className="min-w-0 flex-1"
            readOnly={!isShown}
            value={isShown ? String(value ?? "") : "••••••••"}
            onChange={({ target }) =>
              onChange(path, target.value === "" && !isSet ? undefined : target.value)
            }
          />
          {isSet && (
            <Button
              onClick={() => {
                if (isShown) keep();
                else {
                  setReplacing(true);
                  onChange(path, "");
                }
              }}
            >
              {isShown ? `Keep the stored ${label}` : `Replace ${label}`}
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}
