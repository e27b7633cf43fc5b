import { useQuery } from "@tanstack/react-query";
import { type WavPeaks, wavPeaks } from "@/lib/wavPeaks";

/** Longer recordings are played but not drawn: about five minutes of stereo at 16 kHz. */
const LARGEST_DRAWN_BYTES = 20_000_000;
const BUCKETS = 400;

/** Loads a recording to draw it; null when it is too large or not a stereo WAV. */
async function loadPeaks(url: string, signal: AbortSignal): Promise<WavPeaks | null> {
  const response = await fetch(url, { signal, credentials: "same-origin" });
  const size_bytes = Number(response.headers.get("content-length") ?? 0);
  if (!response.ok || size_bytes > LARGEST_DRAWN_BYTES) {
    await response.body?.cancel();
    return null;
  }
  return wavPeaks(await response.arrayBuffer(), BUCKETS);
}

export function useWavPeaks(url: string) {
  return useQuery({
    queryKey: ["recording-peaks", url],
    queryFn: ({ signal }) => loadPeaks(url, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}
