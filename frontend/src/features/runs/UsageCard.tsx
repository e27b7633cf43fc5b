import type { RunUsageOut } from "@/client/types.gen";
import { Card } from "@/components/ui/Card";
import { usageInWords } from "./usageWords";

/** What the call used: time, speech, tokens. */
export function UsageCard({ usage, isLive }: { usage: RunUsageOut; isLive: boolean }) {
  const amounts = usageInWords(usage);
  return (
    <Card title="Usage">
      {amounts.length === 0 ? (
        <p className="text-muted">{isLive ? "Nothing was counted yet." : "Nothing was counted."}</p>
      ) : (
        <dl className="flex flex-col gap-1.5">
          {amounts.map(([name, amount]) => (
            <div key={name} className="flex justify-between gap-4">
              <dt className="text-muted">{name}</dt>
              <dd className="text-right wrap-anywhere tabular-nums">{amount}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}
