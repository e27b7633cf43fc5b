import { useMutation } from "@tanstack/react-query";
import { tryTelephonyConfigurationMutation } from "@/client/@tanstack/react-query.gen";
import type { ConnectionTrial, DiagnosticsOut } from "@/client/types.gen";
import { announce } from "@/lib/announcements";
import { Checking } from "./Checking";
import { DiagnosisView } from "./DiagnosisView";

export type Test = {
  run: (values: ConnectionTrial) => void;
  isPending: boolean;
  result: DiagnosticsOut | undefined;
};

/** Tries values out that are not saved. `onRefused` shows what the server can't even try. */
export function useConnectionTest(onRefused: (reason: unknown) => void): Test {
  const attempt = useMutation({
    ...tryTelephonyConfigurationMutation(),
    onSuccess: (result) => announce(`Tested. ${result.verdict}`),
    onError: onRefused,
  });
  return {
    run: (body) => {
      announce("Testing the connection");
      attempt.mutate({ body });
    },
    isPending: attempt.isPending,
    result: attempt.data,
  };
}

/** What came of the last test, below the form. */
export function ConnectionTest({ test }: { test: Test }) {
  if (test.isPending) return <Checking />;
  if (test.result === undefined) return null;
  return (
    <section aria-label="Result of the test" className="flex flex-col gap-3">
      <p className="text-muted">These values were tried out. Nothing is saved yet.</p>
      <DiagnosisView diagnosis={test.result} isSaved={false} />
    </section>
  );
}
