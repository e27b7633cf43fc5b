import { formatAbsolute, formatRelative } from "@/lib/format";
import { useNow } from "@/lib/useNow";

const REFRESH_MS = 15_000;

/** "5 minutes ago", with the exact time for whoever asks. */
export function RelativeTime({ at }: { at: string }) {
  const now = useNow(REFRESH_MS);
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatAbsolute(date)}>
      {formatRelative(date, now)}
    </time>
  );
}
