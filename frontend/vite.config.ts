/// <reference types="vitest/config" />
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const backend = process.env.ASISSO_DEV_BACKEND ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: true, quoteStyle: "double", semicolons: true }),
    react(),
    tailwindcss(),
  ],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": backend,
      "/healthz": backend,
    },
  },
  // No data: URLs: the content security policy allows files of this origin only.
  build: { target: "es2022", assetsInlineLimit: 0 },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://asisso.test" } },
    setupFiles: "src/testing/setup.ts",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 15_000,
    pool: "threads",
    isolate: false,
  },
});
