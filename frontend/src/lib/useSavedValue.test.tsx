import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { useAnnouncement } from "./announcements";
import { ApiError } from "./apiError";
import { useSavedValue } from "./useSavedValue";

test("a change shows at once, and is taken back with a reason when it can't be saved", async () => {
  let refuse: (reason: unknown) => void = () => {};
  const save = () =>
    new Promise((_, reject) => {
      refuse = reject;
    });
  const { result } = renderHook(() => ({
    active: useSavedValue<boolean>(true, save),
    told: useAnnouncement(),
  }));

  act(() => void result.current.active.change(false));
  expect(result.current.active).toMatchObject({ value: false, isSaving: true });

  await act(async () => refuse(new ApiError("forbidden", "Viewers may not change this.", 403)));
  expect(result.current.active).toMatchObject({ value: true, isSaving: false });
  expect(result.current.told).toBe("Viewers may not change this.");
});
