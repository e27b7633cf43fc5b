import { describe, expect, test } from "vitest";
import { ApiError, apiErrorFrom, toApiError } from "./apiError";

describe("an error answer", () => {
  test("keeps the server's code and sentence", () => {
    const error = apiErrorFrom(409, {
      code: "name_taken",
      detail: "There is one named Head office already.",
    });
    expect(error).toMatchObject({ code: "name_taken", status: 409, isRetryable: false });
    expect(error.message).toBe("There is one named Head office already.");
  });

  test("turns a list of faults into messages by field", () => {
    const error = apiErrorFrom(422, {
      code: "validation_error",
      detail: [
        { loc: ["body", "ari_endpoint"], msg: "Value error, must begin with http://", type: "value_error" },
        { loc: ["body", "agent", "language"], msg: "not known", type: "enum" },
        { loc: ["body", "ari_endpoint"], msg: "a second fault", type: "value_error" },
      ],
    });
    expect(error.fieldErrors).toEqual({
      ari_endpoint: "Must begin with http://",
      "agent.language": "Not known",
    });
  });

  test("keeps the name the request has in the server's log", () => {
    expect(apiErrorFrom(500, { code: "internal_error", detail: "x" }, "r-1").requestId).toBe("r-1");
    expect(apiErrorFrom(502, "<html>", "r-2").requestId).toBe("r-2");
  });

  test("without a readable body still says something", () => {
    expect(apiErrorFrom(502, "<html>").message).toMatch(/failed to answer/);
    expect(apiErrorFrom(502, "<html>").isRetryable).toBe(true);
  });
});

describe("anything thrown", () => {
  test("is left alone when it is an answer already", () => {
    const error = new ApiError("forbidden", "Not allowed.", 403);
    expect(toApiError(error)).toBe(error);
  });

  test("by a lost connection says that the server can't be reached", () => {
    const error = toApiError(new TypeError("Failed to fetch"));
    expect(error).toMatchObject({ code: "unreachable", status: 0, isRetryable: true });
  });
});
