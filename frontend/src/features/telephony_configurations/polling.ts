/** How often a shown connection is looked at again. */
export const STATUS_POLL_MS = 3_000;
