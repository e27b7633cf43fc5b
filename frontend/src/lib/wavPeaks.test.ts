import { expect, test } from "vitest";
import { wavPeaks } from "./wavPeaks";

type WavOptions = { channels?: number; claimedDataBytes?: number };

/** A WAV at 8 kHz with an extra chunk before its data, as some recorders write. */
function wav(
  samples: number[],
  { channels = 2, claimedDataBytes = samples.length * 2 }: WavOptions = {},
): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(56 + samples.length * 2));
  const text = (at: number, letters: string) => {
    for (const [index, letter] of [...letters].entries()) view.setUint8(at + index, letter.charCodeAt(0));
  };
  text(0, "RIFF");
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8_000, true);
  view.setUint16(34, 16, true);
  text(36, "LIST");
  view.setUint32(40, 3, true);
  text(48, "data");
  view.setUint32(52, claimedDataBytes, true);
  for (const [index, sample] of samples.entries()) view.setInt16(56 + index * 2, sample, true);
  return view.buffer;
}

test("peaks tell the caller from the agent", () => {
  const peaks = wavPeaks(wav([16_384, 0, -32_768, 0, 0, 8_192, 0, 0]), 2);
  expect(peaks?.caller).toEqual(new Float32Array([1, 0]));
  expect(peaks?.agent).toEqual(new Float32Array([0, 0.25]));
});

test("the duration comes from the samples that are there, not from the header of a file still growing", () => {
  const second = new Array<number>(16_000).fill(0);
  expect(wavPeaks(wav(second, { claimedDataBytes: 4_000_000 }), 4)?.duration_ms).toBe(1_000);
});

test("what is not a stereo WAV has no picture", () => {
  expect(wavPeaks(wav([1, 2], { channels: 1 }), 4)).toBeNull();
  expect(wavPeaks(new TextEncoder().encode("<html>not a recording</html>").buffer, 4)).toBeNull();
  expect(wavPeaks(new ArrayBuffer(0), 4)).toBeNull();
});
