import type { LevelOut, QualityOut, RtpStatisticsOut } from "@/client/types.gen";
import { formatLatency, plural } from "@/lib/format";

const FRAME_MS = 20;

type Figure = [name: string, value: string];

function seconds(frames: number): string {
  return `${((frames * FRAME_MS) / 1000).toFixed(1)} s`;
}

function latency(value_ms: number | null): string {
  return value_ms === null ? "–" : formatLatency(value_ms);
}

function level(side: LevelOut | null): string {
  if (side === null || side.speech_dbfs === null) return "–";
  const clipped = side.clipped_percent > 0 ? `, ${side.clipped_percent} % distorted` : "";
  return `${side.speech_dbfs} dBFS${clipped}`;
}

function ofNetwork(rtp: RtpStatisticsOut | null): Figure[] {
  if (rtp === null) return [["Network to the telephone", "the PBX gave no figures"]];
  return [
    ["Packets from the telephone", `${rtp.received}, ${rtp.received_lost} lost`],
    ["Packets to the telephone", `${rtp.sent}, ${rtp.sent_lost} lost`],
    ["Jitter", `${rtp.received_jitter_ms} ms`],
    ["Round trip to the telephone", latency(rtp.round_trip_ms)],
  ];
}

/** The figures of a call, each with a name a person understands. */
export function qualityFigures(quality: QualityOut): Figure[] {
  const { audio } = quality;
  return [
    ["First sound of the agent after", latency(quality.first_audio_ms)],
    ["Answers, half of them within", latency(quality.turn_latency_median_ms)],
    ["Slowest answer", latency(quality.turn_latency_max_ms)],
    ["Caller's voice", level(quality.caller)],
    ["Agent's voice", level(quality.agent)],
    ["Sound of the caller", seconds(audio.frames_received)],
    ["Sound of the agent", seconds(audio.frames_sent)],
    ["Gaps in the caller's sound", `${audio.gaps} (${(audio.gap_ms / 1000).toFixed(1)} s)`],
    ["Came too late to be heard", seconds(audio.frames_late)],
    ["Left out of the agent's sound", seconds(audio.frames_dropped)],
    ["Agent's speech cut off", plural(audio.flushes, "time")],
    ["Asterisk's queue nearly full", plural(audio.xoffs, "time")],
    ...ofNetwork(quality.rtp),
  ];
}
