import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import { toApiError } from "./apiError";

/**
 * Puts a refusal where it belongs: beside its field when the server names one the form has, else at the top.
 *
 * `codeFields` says which field an error code is about, for refusals other than a 422 (a name already taken).
 * The text for the whole form is read from `formState.errors.root.server`.
 */
export function showServerError<Values extends FieldValues>(
  form: Pick<UseFormReturn<Values>, "setError" | "getValues">,
  reason: unknown,
  codeFields: Readonly<Record<string, Path<Values>>> = {},
): void {
  const error = toApiError(reason);
  const knownFields = Object.keys(form.getValues());
  const elsewhere: string[] = [];
  let isShown = false;
  for (const [path, message] of Object.entries(error.fieldErrors)) {
    const field = knownFields.find((known) => path === known || path.startsWith(`${known}.`));
    if (field === undefined) {
      elsewhere.push(message);
      continue;
    }
    form.setError(field as Path<Values>, { type: "server", message }, { shouldFocus: !isShown });
    isShown = true;
  }
  const field = codeFields[error.code];
  if (field !== undefined) {
    form.setError(field, { type: "server", message: error.message }, { shouldFocus: true });
    return;
  }
  if (elsewhere.length > 0) form.setError("root.server", { message: elsewhere.join(" ") });
  else if (!isShown) form.setError("root.server", { message: error.message });
}
