import { CircleAlert } from "lucide-react";
import { Button } from "@/components/ui/Button";
import { toApiError } from "@/lib/apiError";

/** Why something could not be shown, and a way to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { message, requestId } = toApiError(error);
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-10 text-center">
      <CircleAlert aria-hidden className="size-6 text-bad" />
      <p className="max-w-md">{message}</p>
      {requestId && (
        <p className="max-w-md text-xs text-muted">
          In the server's log this request is{" "}
          <code className="font-mono wrap-anywhere select-all">{requestId}</code>.
        </p>
      )}
      <Button onClick={onRetry}>Retry</Button>
    </div>
  );
}
