import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { QualityOut, Verdict } from "@/client/types.gen";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { qualityFigures } from "./qualityFigures";

const verdicts = {
  good: { label: "Good", tone: "ok", icon: CircleCheck },
  fair: { label: "Fair", tone: "warn", icon: TriangleAlert },
  poor: { label: "Poor", tone: "bad", icon: CircleAlert },
} as const satisfies Record<Verdict, unknown>;

/** How good the call was, what made it worse, and the figures behind that. */
export function QualityCard({ quality }: { quality: QualityOut }) {
  const { label, tone, icon } = verdicts[quality.verdict];
  return (
    <Card
      title="Quality"
      actions={
        <Badge tone={tone} icon={icon}>
          {label}
        </Badge>
      }
    >
      {quality.troubles.length === 0 ? (
        <p className="text-muted">No trouble was measured.</p>
      ) : (
        <ul className="flex flex-col gap-2.5">
          {quality.troubles.map((trouble) => (
            <Trouble key={trouble.code} severity={trouble.severity} detail={trouble.detail} />
          ))}
        </ul>
      )}
      <details className="mt-4 border-t border-line pt-3">
        <summary className="link min-h-6 w-fit text-xs">Show the figures</summary>
        <dl className="mt-2 flex flex-col gap-1.5 text-xs">
          {qualityFigures(quality).map(([name, value]) => (
            <div key={name} className="flex justify-between gap-4">
              <dt className="text-muted">{name}</dt>
              <dd className="text-right tabular-nums">{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Card>
  );
}

function Trouble({ severity, detail }: { severity: Verdict; detail: string }) {
  const { icon: Icon, tone } = verdicts[severity];
  return (
    <li className="flex items-start gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${tone === "bad" ? "text-bad" : "text-warn"}`} />
      <span className="min-w-0 wrap-anywhere">{detail}</span>
    </li>
  );
}
