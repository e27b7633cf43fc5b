import type { TransferData } from "@/client/types.gen";
import { Field } from "@/components/ui/Field";
import { Select, Switch } from "@/components/ui/inputs";
import { TextField } from "./TextField";

type Mode = NonNullable<TransferData["mode"]>;

const modes: readonly { mode: Mode; label: string }[] = [
  { mode: "blind", label: "To a telephone, at once" },
  { mode: "attended", label: "To a telephone, told about the caller first" },
  { mode: "dialplan", label: "Back to Asterisk's dialplan" },
  { mode: "refer", label: "By SIP REFER" },
];

type TransferFieldsProps = {
  data: TransferData;
  onChange: (changes: Readonly<Record<string, unknown>>) => void;
};

/** Whom the caller is put through to. */
export function TransferFields({ data, onChange }: TransferFieldsProps) {
  const mode = data.mode ?? "blind";
  return (
    <>
      <Field label="How">
        {(control) => (
          <Select {...control} value={mode} onChange={({ target }) => onChange({ mode: target.value })}>
            {modes.map((one) => (
              <option key={one.mode} value={one.mode}>
                {one.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {mode === "dialplan" ? (
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="Context" value={data.context} onChange={(context) => onChange({ context })} />
          <TextField
            label="Extension"
            value={data.extension}
            onChange={(extension) => onChange({ extension })}
          />
        </div>
      ) : (
        <TextField
          label="To"
          placeholder="PJSIP/6001"
          maxLength={200}
          value={data.to}
          onChange={(to) => onChange({ to })}
          help="A number, or an endpoint of your PBX."
        />
      )}
      {mode === "attended" && (
        <>
          <TextField
            label="Told to whoever answers"
            rows={2}
            value={data.briefing}
            onChange={(briefing) => onChange({ briefing })}
          />
          <Switch
            label="Whoever answers has to press 1 to take the call"
            checked={data.must_confirm ?? false}
            onChange={({ target }) => onChange({ must_confirm: target.checked })}
          />
        </>
      )}
    </>
  );
}
