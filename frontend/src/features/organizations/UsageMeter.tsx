import { Meter } from "@base-ui/react/meter";

type UsageMeterProps = { label: string; used: number; limit: number | null };

/** How much of a limit is used; without a limit, the bare figure. */
export function UsageMeter({ label, used, limit }: UsageMeterProps) {
  const shown = limit === null ? `${used}, no limit` : `${used} of ${limit}`;
  return (
    <Meter.Root
      value={used}
      max={Math.max(limit ?? 1, used, 1)}
      getAriaValueText={() => shown}
      className="grid grid-cols-[1fr_auto] gap-x-3 gap-y-2"
    >
      <Meter.Label className="text-muted">{label}</Meter.Label>
      <span className="font-medium tabular-nums">{shown}</span>
      {limit !== null && (
        <Meter.Track className="col-span-2 h-2 overflow-hidden rounded-full bg-sunken">
          <Meter.Indicator className={used >= limit ? "bg-bad" : "bg-primary"} />
        </Meter.Track>
      )}
    </Meter.Root>
  );
}
