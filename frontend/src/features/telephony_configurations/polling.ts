/** How often the last result of the checks is looked for: the server also checks by itself. */
export const KEPT_RESULT_POLL_MS = 10_000;
