import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { configureClient } from "@/lib/api";
import { server } from "./server";

/** Generous, for machines that do other things at the same time. */
const LONGEST_WAIT_MS = 5_000;

configure({ asyncUtilTimeout: LONGEST_WAIT_MS });
// jsdom has no layout to scroll.
window.scrollTo = () => {};
Element.prototype.scrollIntoView = () => {};
configureClient("http://asisso.test");
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
});
afterAll(() => server.close());
