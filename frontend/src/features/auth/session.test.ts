import { expect, test } from "vitest";
import { safeRedirect } from "./session";

test("signing in leads back to a page of this site", () => {
  expect(safeRedirect("/runs?outcome=busy")).toBe("/runs?outcome=busy");
});

test.each([
  undefined,
  "",
  "runs",
  "https://evil.example",
  "//evil.example",
  "/\\evil.example",
  "javascript:alert(1)",
])("signing in never leads to %s", (target) => {
  expect(safeRedirect(target)).toBe("/");
});
