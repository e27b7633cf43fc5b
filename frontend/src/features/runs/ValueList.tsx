function textOf(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Names and values as they are, for whoever builds on them. */
export function ValueList({ values }: { values: Record<string, unknown> }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return <p className="text-muted">Nothing is known about this call.</p>;
  return (
    <dl className="grid gap-x-4 gap-y-2 sm:grid-cols-[max-content_1fr] lg:grid-cols-1 lg:gap-y-3">
      {entries.map(([name, value]) => (
        <div key={name} className="contents lg:block">
          <dt className="font-mono text-xs text-muted">{name}</dt>
          <dd className="font-mono text-xs wrap-anywhere">{textOf(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
