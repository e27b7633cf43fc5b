import { Field } from "@/components/ui/Field";
import { Input, Switch } from "@/components/ui/inputs";

export type Facts = { callerName: string; callerNumber: string; makesRequests: boolean };

/** What the workflow would know of the call. */
export function CallFacts({ facts, onChange }: { facts: Facts; onChange: (facts: Facts) => void }) {
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Caller's name" isOptional>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              value={facts.callerName}
              onChange={({ target }) => onChange({ ...facts, callerName: target.value })}
            />
          )}
        </Field>
        <Field label="Caller's number" isOptional>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              value={facts.callerNumber}
              onChange={({ target }) => onChange({ ...facts, callerNumber: target.value })}
            />
          )}
        </Field>
      </div>
      <div className="flex flex-col gap-1">
        <Switch
          label="Make the requests of HTTP steps"
          checked={facts.makesRequests}
          onChange={({ target }) => onChange({ ...facts, makesRequests: target.checked })}
        />
        <p className="text-xs text-muted">
          Each is made once, at the real server. Otherwise they fail, as they would while that server is down.
        </p>
      </div>
    </div>
  );
}
