import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";

export type Playback = {
  audioRef: RefObject<HTMLAudioElement | null>;
  isPlaying: boolean;
  position_ms: number;
  /** 0 until the browser knows it. */
  duration_ms: number;
  hasFailed: boolean;
  seek: (position_ms: number) => void;
  toggle: () => void;
};

/** Follows an `<audio>` element, so that the waveform and the transcript can move with it. */
export function usePlayback(): Playback {
  const audioRef = useRef<HTMLAudioElement | null>(null);
  const [isPlaying, setIsPlaying] = useState(false);
  const [position_ms, setPosition] = useState(0);
  const [duration_ms, setDuration] = useState(0);
  const [hasFailed, setHasFailed] = useState(false);

  useEffect(() => {
    const audio = audioRef.current;
    if (audio === null) return;
    const update = () => {
      setIsPlaying(!audio.paused);
      setPosition(audio.currentTime * 1000);
      if (Number.isFinite(audio.duration)) setDuration(audio.duration * 1000);
    };
    const fail = () => setHasFailed(true);
    const events = ["timeupdate", "play", "pause", "ended", "seeked", "loadedmetadata", "durationchange"];
    for (const event of events) audio.addEventListener(event, update);
    audio.addEventListener("error", fail);
    return () => {
      for (const event of events) audio.removeEventListener(event, update);
      audio.removeEventListener("error", fail);
    };
  }, []);

  const seek = useCallback((target_ms: number) => {
    const audio = audioRef.current;
    if (audio === null) return;
    audio.currentTime = target_ms / 1000;
    setPosition(target_ms);
  }, []);

  const toggle = useCallback(() => {
    const audio = audioRef.current;
    if (audio === null) return;
    if (audio.paused) audio.play().catch(() => setHasFailed(true));
    else audio.pause();
  }, []);

  return useMemo(
    () => ({ audioRef, isPlaying, position_ms, duration_ms, hasFailed, seek, toggle }),
    [isPlaying, position_ms, duration_ms, hasFailed, seek, toggle],
  );
}
