import { useEffect, useState } from "react";
import type { Direction, Outcome } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input, Select } from "@/components/ui/inputs";
import { outcomes } from "@/lib/outcomes";
import { isNarrowed, type RunFilters } from "./filters";

const TYPING_PAUSE_MS = 300;

type FilterBarProps = { filters: RunFilters; onChange: (filters: RunFilters) => void };

/** Narrows the list of runs. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  return (
    <section aria-label="Filters" className="grid items-end gap-3 sm:grid-cols-[1fr_1fr_1fr_auto]">
      <Field label="Outcome">
        {(control) => (
          <Select
            {...control}
            value={filters.outcome ?? ""}
            onChange={(event) =>
              onChange({ ...filters, outcome: (event.target.value || undefined) as Outcome })
            }
          >
            <option value="">Any outcome</option>
            {Object.entries(outcomes).map(([outcome, { label }]) => (
              <option key={outcome} value={outcome}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Direction">
        {(control) => (
          <Select
            {...control}
            value={filters.direction ?? ""}
            onChange={(event) =>
              onChange({ ...filters, direction: (event.target.value || undefined) as Direction })
            }
          >
            <option value="">Both directions</option>
            <option value="inbound">Inbound</option>
            <option value="outbound">Outbound</option>
          </Select>
        )}
      </Field>
      <NumberFilter
        number={filters.number ?? ""}
        onChange={(number) => onChange({ ...filters, number: number || undefined })}
      />
      <Button disabled={!isNarrowed(filters)} onClick={() => onChange({})}>
        Clear filters
      </Button>
    </section>
  );
}

type NumberFilterProps = { number: string; onChange: (number: string) => void };

/** Waits for a pause in typing before it asks the server. */
function NumberFilter({ number, onChange }: NumberFilterProps) {
  const [text, setText] = useState(number);
  useEffect(() => setText(number), [number]);
  useEffect(() => {
    if (text.trim() === number) return;
    const timer = setTimeout(() => onChange(text.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, number, onChange]);
  return (
    <Field label="Number">
      {(control) => (
        <Input
          {...control}
          type="search"
          value={text}
          placeholder="Caller or called"
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
      )}
    </Field>
  );
}
