import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "openapi.json",
  output: { path: process.env.CLIENT_OUTPUT ?? "src/client", postProcess: [] },
  logs: { file: false },
  plugins: [
    { name: "@hey-api/client-fetch", throwOnError: true },
    "@hey-api/typescript",
    { name: "@hey-api/sdk" },
    { name: "@tanstack/react-query", queryKeys: { tags: true } },
    "zod",
  ],
});
