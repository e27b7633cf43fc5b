const RIFF = 0x52494646;
const WAVE = 0x57415645;
const FMT = 0x666d7420;
const DATA = 0x64617461;
const PCM = 1;
const FULL_SCALE = 32_768;

/** The loudness of a stereo recording, ready to draw: one peak (0..1) a bucket for each channel. */
export type WavPeaks = { duration_ms: number; caller: Float32Array; agent: Float32Array };

type WavLayout = { channels: number; sample_rate_hz: number; dataStart: number; dataBytes: number };

/** Walks the RIFF chunks; null when this is not 16-bit PCM. */
function readLayout(view: DataView): WavLayout | null {
  if (view.byteLength < 12 || view.getUint32(0) !== RIFF || view.getUint32(8) !== WAVE) return null;
  let channels = 0;
  let sample_rate_hz = 0;
  let position = 12;
  while (position + 8 <= view.byteLength) {
    const id = view.getUint32(position);
    const size = view.getUint32(position + 4, true);
    const body = position + 8;
    if (id === FMT && body + 16 <= view.byteLength) {
      if (view.getUint16(body, true) !== PCM || view.getUint16(body + 14, true) !== 16) return null;
      channels = view.getUint16(body + 2, true);
      sample_rate_hz = view.getUint32(body + 4, true);
    }
    if (id === DATA) {
      if (channels === 0 || sample_rate_hz === 0) return null;
      return { channels, sample_rate_hz, dataStart: body, dataBytes: Math.min(size, view.byteLength - body) };
    }
    position = body + size + (size % 2);
  }
  return null;
}

/** Peaks of a WAV file with the caller left and the agent right; null when it can't be read. */
export function wavPeaks(file: ArrayBuffer, buckets: number): WavPeaks | null {
  const view = new DataView(file);
  const layout = readLayout(view);
  if (layout === null || layout.channels !== 2) return null;
  const frames = Math.floor(layout.dataBytes / 4);
  const caller = new Float32Array(buckets);
  const agent = new Float32Array(buckets);
  for (let frame = 0; frame < frames; frame += 1) {
    const bucket = Math.min(buckets - 1, Math.floor((frame * buckets) / frames));
    const offset = layout.dataStart + frame * 4;
    const left = Math.abs(view.getInt16(offset, true)) / FULL_SCALE;
    const right = Math.abs(view.getInt16(offset + 2, true)) / FULL_SCALE;
    if (left > (caller[bucket] ?? 0)) caller[bucket] = left;
    if (right > (agent[bucket] ?? 0)) agent[bucket] = right;
  }
  return { duration_ms: Math.round((frames * 1000) / layout.sample_rate_hz), caller, agent };
}
