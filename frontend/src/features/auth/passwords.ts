import { z } from "zod";

export const SHORTEST_PASSWORD = 8;

/** A password somebody chooses. */
export const chosenPassword = z
  .string()
  .min(SHORTEST_PASSWORD, `Use at least ${SHORTEST_PASSWORD} characters.`)
  .max(200, "Use at most 200 characters.");

export const passwordHelp = `At least ${SHORTEST_PASSWORD} characters; a few words together are easy to keep in mind.`;
