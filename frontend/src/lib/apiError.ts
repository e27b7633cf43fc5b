/** One entry of FastAPI's validation list. */
type ValidationIssue = { loc: (string | number)[]; msg: string };

/** A refused or failed request, in words a person can act on. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  /** HTTP status; 0 when no answer came at all. */
  readonly status: number;
  /** Messages of a 422 by field name; nested fields are joined with dots. */
  readonly fieldErrors: Readonly<Record<string, string>>;
  /** The request's name in the server's log; empty when no answer came. */
  readonly requestId: string;

  constructor(
    code: string,
    message: string,
    status: number,
    fieldErrors: Readonly<Record<string, string>> = {},
    requestId = "",
  ) {
    super(message);
    this.requestId = requestId;
    this.code = code;
    this.status = status;
    this.fieldErrors = fieldErrors;
  }

  /** Whether the same request may succeed when it is simply sent again. */
  get isRetryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function isIssue(value: unknown): value is ValidationIssue {
  return typeof value === "object" && value !== null && "loc" in value && "msg" in value;
}

function sentence(message: string): string {
  const text = message.replace(/^Value error, /, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `["body", "agent", "embedded", "language"]` names the field `agent.embedded.language`. */
function fieldErrorsFrom(issues: readonly ValidationIssue[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { loc, msg } of issues) {
    const field = loc.slice(1).join(".");
    errors[field] ??= sentence(msg);
  }
  return errors;
}

/** Reads the body of a failed answer: `{code, detail}`, with a list in `detail` for a 422. */
export function apiErrorFrom(status: number, body: unknown, requestId = ""): ApiError {
  const { code, detail } = (typeof body === "object" && body !== null ? body : {}) as {
    code?: unknown;
    detail?: unknown;
  };
  const knownCode = typeof code === "string" ? code : `http_${status}`;
  if (typeof detail === "string") return new ApiError(knownCode, detail, status, {}, requestId);
  if (Array.isArray(detail)) {
    const fieldErrors = fieldErrorsFrom(detail.filter(isIssue));
    const message = Object.values(fieldErrors).join(" ") || "Some values are not valid.";
    return new ApiError(knownCode, message, status, fieldErrors, requestId);
  }
  if (status >= 500)
    return new ApiError(
      knownCode,
      "The server failed to answer. Try again in a moment.",
      status,
      {},
      requestId,
    );
  return new ApiError(knownCode, `The server answered with status ${status}.`, status, {}, requestId);
}

/** Makes an `ApiError` of whatever was thrown, so that every screen can show a sentence. */
export function toApiError(reason: unknown): ApiError {
  if (reason instanceof ApiError) return reason;
  if (reason instanceof TypeError) {
    return new ApiError("unreachable", "The server can't be reached. Check the connection and try again.", 0);
  }
  return new ApiError("unexpected", reason instanceof Error ? reason.message : "Something went wrong.", 0);
}
