import { useQuery } from "@tanstack/react-query";
import { Download, Pause, Play } from "lucide-react";
import { type KeyboardEvent, useId } from "react";
import { getRunRecordingPeaksOptions } from "@/client/@tanstack/react-query.gen";
import type { RunDetail } from "@/client/types.gen";
import { Button, buttonClass } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { Skeleton } from "@/components/ui/Skeleton";
import { formatDuration } from "@/lib/format";
import { bargeIns, recordingInWords } from "./spokenWords";
import type { Playback } from "./usePlayback";
import { Waveform } from "./Waveform";

/** More would be finer than the picture's pixels. */
const DRAWN_POINTS = 600;

/** How far an arrow key moves. */
const KEY_STEP_MS = 2_000;

type PlayerProps = { run: RunDetail; url: string; playback: Playback };

/** Plays a recording. The slider lies over the waveform, so pointer and keyboard move the same thing. */
export function Player({ run, url, playback }: PlayerProps) {
  const peaks = useQuery({
    ...getRunRecordingPeaksOptions({ path: { run_id: run.id }, query: { points: DRAWN_POINTS } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const inWordsId = useId();
  const interruptions = bargeIns(run.transcript);
  const { audioRef, isPlaying, position_ms, hasFailed, seek, toggle } = playback;
  const drawn_ms = peaks.data ? peaks.data.peak_ms * peaks.data.caller.length : 0;
  const duration_ms = playback.duration_ms || drawn_ms || run.duration_ms || 0;
  const progress = duration_ms > 0 ? Math.min(1, position_ms / duration_ms) : 0;

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === " ") toggle();
    else if (event.key === "ArrowLeft") seek(Math.max(0, position_ms - KEY_STEP_MS));
    else if (event.key === "ArrowRight") seek(Math.min(duration_ms, position_ms + KEY_STEP_MS));
    else return;
    event.preventDefault();
  }

  return (
    <div className="flex flex-col gap-3">
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript beside the player is the text of this recording */}
      <audio ref={audioRef} src={url} preload="metadata" />
      {hasFailed && <Notice tone="bad">The recording can't be played. Reload the page to try again.</Notice>}
      <div className="relative h-24 overflow-hidden rounded-lg bg-sunken has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-link">
        {peaks.data && <Waveform peaks={peaks.data} />}
        {peaks.isPending && <Skeleton className="absolute inset-x-4 top-1/2 h-1" />}
        {!peaks.isPending && !peaks.data && (
          <p className="absolute inset-0 grid place-items-center text-xs text-muted">
            No picture of this recording
          </p>
        )}
        {interruptions.map((at_ms) => (
          <span
            key={at_ms}
            aria-hidden
            className="absolute inset-y-0 border-l-2 border-dashed border-warn"
            style={{ left: `${(100 * at_ms) / Math.max(1, duration_ms)}%` }}
          />
        ))}
        <div className="absolute inset-y-0 left-0 bg-ink/8" style={{ width: `${progress * 100}%` }} />
        <div className="absolute inset-y-0 w-0.5 bg-ink" style={{ left: `${progress * 100}%` }} />
        <input
          type="range"
          aria-label="Position in the recording"
          aria-describedby={inWordsId}
          aria-valuetext={`${formatDuration(position_ms)} of ${formatDuration(duration_ms)}`}
          min={0}
          max={Math.max(1, Math.round(duration_ms))}
          step={100}
          value={Math.round(position_ms)}
          onChange={(event) => seek(Number(event.target.value))}
          onKeyDown={onKeyDown}
          className="absolute inset-0 size-full cursor-pointer opacity-0"
        />
      </div>
      <p id={inWordsId} className="sr-only">
        {recordingInWords(run.transcript)}
      </p>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button kind="primary" onClick={toggle}>
          {isPlaying ? <Pause aria-hidden className="size-4" /> : <Play aria-hidden className="size-4" />}
          {isPlaying ? "Pause" : "Play"}
        </Button>
        <span className="text-muted tabular-nums">
          {formatDuration(position_ms)} / {formatDuration(duration_ms)}
        </span>
        <span className="flex items-center gap-3 text-xs text-muted">
          <Legend className="bg-caller" label="Caller" />
          <Legend className="bg-agent" label="Agent" />
        </span>
        <a href={url} download className={`${buttonClass("ghost", "small")} ml-auto`}>
          <Download aria-hidden className="size-3.5" />
          Download WAV
        </a>
      </div>
      {interruptions.length > 0 && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
          <span className="inline-flex items-center gap-1.5">
            <span aria-hidden className="h-3 border-l-2 border-dashed border-warn" />
            The caller interrupted the agent at
          </span>
          {interruptions.map((at_ms) => (
            <button
              key={at_ms}
              type="button"
              className="link min-h-6 tabular-nums"
              onClick={() => seek(Math.max(0, at_ms - KEY_STEP_MS))}
            >
              {formatDuration(at_ms)}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function Legend({ className, label }: { className: string; label: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden className={`size-2.5 rounded-full ${className}`} />
      {label}
    </span>
  );
}
