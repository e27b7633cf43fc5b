import type { HttpData } from "@/client/types.gen";
import { Field } from "@/components/ui/Field";
import { Select } from "@/components/ui/inputs";
import { PairsField } from "./PairsField";
import { TextField } from "./TextField";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

type HttpFieldsProps = {
  data: HttpData;
  onChange: (changes: Readonly<Record<string, unknown>>) => void;
};

/** A request to another program, and what of its answer is kept. */
export function HttpFields({ data, onChange }: HttpFieldsProps) {
  const method = data.method ?? "GET";
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[8rem_minmax(0,1fr)]">
        <Field label="Method">
          {(control) => (
            <Select {...control} value={method} onChange={({ target }) => onChange({ method: target.value })}>
              {methods.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          )}
        </Field>
        <TextField
          label="URL"
          maxLength={2_000}
          placeholder="https://erp.example.com/orders/{{order_number}}"
          value={data.url}
          onChange={(url) => onChange({ url })}
        />
      </div>
      <PairsField
        label="Values to keep"
        help="One a line: a name, an equals sign, and where it stands in the answer, as status = $.order.status."
        pairs={(data.save ?? {}) as Record<string, string>}
        onChange={(save) => onChange({ save })}
      />
      <PairsField
        label="Headers"
        help="One a line, as Accept-Language = en. Everybody who may see this workflow sees them."
        pairs={data.headers ?? {}}
        onChange={(headers) => onChange({ headers })}
      />
      {method !== "GET" && (
        <TextField label="Body" rows={4} value={data.body} onChange={(body) => onChange({ body })} />
      )}
      <TextField
        label="Says before"
        value={data.say}
        onChange={(say) => onChange({ say })}
        help="So that waiting is no silence."
      />
      <TextField
        label="Longest wait (seconds)"
        placeholder="5"
        maxLength={4}
        className="max-w-40"
        value={data.timeout_s === undefined ? "" : String(data.timeout_s)}
        onChange={(text) => onChange({ timeout_s: Number(text) > 0 ? Number(text) : undefined })}
      />
    </>
  );
}
