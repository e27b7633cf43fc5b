import { Table } from "@/components/ui/Table";
import { formatDuration, formatLatency } from "@/lib/format";
import { median, stages, stagesOf, type TurnLatency } from "./turnLatencies";

/** How long the caller waited for each answer, as bars and as a table. */
export function LatencyPanel({ turns }: { turns: readonly TurnLatency[] }) {
  if (turns.length === 0) {
    return <p className="text-muted">No answer was measured: the caller did not finish a turn.</p>;
  }
  const slowest_ms = Math.max(...turns.map((turn) => turn.turn_latency_ms));
  const middle_ms = median(turns.map((turn) => turn.turn_latency_ms));
  const full_ms = Math.max(1, slowest_ms, ...turns.map(stageSum));
  const shown = stagesOf(turns);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        Half of the answers began within <strong className="text-ink">{formatLatency(middle_ms)}</strong> of
        the caller's last word, the slowest after{" "}
        <strong className="text-ink">{formatLatency(slowest_ms)}</strong>.
      </p>
      <ul aria-hidden="true" className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {shown.map(({ label, colour }) => (
          <li key={label} className="flex items-center gap-1.5">
            <span className={`size-2.5 rounded-xs ${colour}`} />
            {label}
          </li>
        ))}
      </ul>
      <ol aria-hidden="true" className="flex flex-col gap-2">
        {turns.map((turn) => (
          <LatencyBar key={turn.at_ms} turn={turn} full_ms={full_ms} />
        ))}
      </ol>
      <details>
        <summary className="link min-h-6 w-fit text-xs">Show as a table</summary>
        <div className="mt-2 overflow-x-auto">
          <Table
            caption="Latency of each answer"
            rows={turns}
            rowKey={(turn) => String(turn.at_ms)}
            columns={[
              { header: "At", cell: (turn) => formatDuration(turn.at_ms) },
              ...shown.map(({ name, label }) => ({
                header: label,
                isNumeric: true,
                cell: (turn: TurnLatency) => formatLatency(turn[name]),
              })),
              { header: "Total", isNumeric: true, cell: (turn) => formatLatency(turn.turn_latency_ms) },
            ]}
          />
        </div>
      </details>
    </div>
  );
}

function stageSum(turn: TurnLatency): number {
  return stages.reduce((sum, { name }) => sum + turn[name], 0);
}

function LatencyBar({ turn, full_ms }: { turn: TurnLatency; full_ms: number }) {
  const share = (part_ms: number) => `${(100 * part_ms) / full_ms}%`;
  return (
    <li className="grid grid-cols-[2.5rem_1fr_4rem] items-center gap-2 text-xs tabular-nums">
      <span className="text-muted">{formatDuration(turn.at_ms)}</span>
      <span className="flex h-3 overflow-hidden rounded-xs">
        {stages.map(({ name, colour }) => (
          <span key={name} className={colour} style={{ width: share(turn[name]) }} />
        ))}
      </span>
      <span className="text-right">{formatLatency(turn.turn_latency_ms)}</span>
    </li>
  );
}
