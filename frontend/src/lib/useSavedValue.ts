import { useState } from "react";
import { announce } from "./announcements";
import { toApiError } from "./apiError";

/**
 * A stored value that is changed in place: shows the new one at once, and the stored one again when saving failed.
 *
 * `save` resolves when `stored` has been read again; the value can't be changed once more before.
 */
export function useSavedValue<Value>(stored: Value, save: (value: Value) => Promise<unknown>) {
  const [wanted, setWanted] = useState<{ value: Value } | null>(null);

  async function change(value: Value) {
    if (wanted !== null) return;
    setWanted({ value });
    try {
      await save(value);
    } catch (reason) {
      announce(toApiError(reason).message);
    } finally {
      setWanted(null);
    }
  }

  return { value: wanted === null ? stored : wanted.value, isSaving: wanted !== null, change };
}
