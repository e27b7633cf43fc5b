import { defineConfig } from "vitest/config";

/** The generated client on a running server; started by the back end's tests. */
export default defineConfig({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  test: { environment: "node", include: ["contract/**/*.test.ts"], testTimeout: 60_000 },
});
