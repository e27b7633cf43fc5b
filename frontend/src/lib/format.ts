const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** `m:ss`, or `h:mm:ss` from one hour on. */
export function formatDuration(duration_ms: number): string {
  const total_s = Math.max(0, Math.floor(duration_ms / 1000));
  const hours = Math.floor(total_s / HOUR_S);
  const minutes = Math.floor((total_s % HOUR_S) / MINUTE_S);
  const seconds = String(total_s % MINUTE_S).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** A position inside a call, with milliseconds: `0:03.250`. */
export function formatOffset(offset_ms: number): string {
  const whole_ms = Math.max(0, Math.round(offset_ms));
  return `${formatDuration(whole_ms)}.${String(whole_ms % 1000).padStart(3, "0")}`;
}

/** Milliseconds up to one second, seconds with one decimal after. */
export function formatLatency(latency_ms: number): string {
  return latency_ms < 1000 ? `${Math.round(latency_ms)} ms` : `${(latency_ms / 1000).toFixed(1)} s`;
}

/** "5 minutes ago", "in 12 seconds", "just now". */
export function formatRelative(at: Date, now: Date): string {
  const difference_s = Math.round((at.getTime() - now.getTime()) / 1000);
  const size_s = Math.abs(difference_s);
  if (size_s < 5) return "just now";
  if (size_s < MINUTE_S) return relative.format(difference_s, "second");
  if (size_s < HOUR_S) return relative.format(Math.trunc(difference_s / MINUTE_S), "minute");
  if (size_s < DAY_S) return relative.format(Math.trunc(difference_s / HOUR_S), "hour");
  return relative.format(Math.trunc(difference_s / DAY_S), "day");
}

export function formatAbsolute(at: Date): string {
  return absolute.format(at);
}

/** "1 call", "2 calls". */
export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : many}`;
}
