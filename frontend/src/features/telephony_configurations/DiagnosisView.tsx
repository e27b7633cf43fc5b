import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { DiagnosticStepOut, DiagnosticsOut } from "@/client/types.gen";
import { StepBadge } from "./StepBadge";
import { StepInstructions } from "./StepInstructions";

/** Failures before warnings, each in the order of the checks: the first one is the cause. */
export function problemsOf(steps: readonly DiagnosticStepOut[]): DiagnosticStepOut[] {
  return [
    ...steps.filter((step) => step.state === "failed"),
    ...steps.filter((step) => step.state === "warning"),
  ];
}

/** A result: the verdict, what to mend, and every check for whoever wants to see them. */
export function DiagnosisView({
  diagnosis,
  isSaved = true,
}: {
  diagnosis: DiagnosticsOut;
  isSaved?: boolean;
}) {
  const problems = problemsOf(diagnosis.steps);
  return (
    <div className="flex flex-col gap-4">
      <Verdict text={diagnosis.verdict} state={problems[0]?.state ?? "ok"} />
      {diagnosis.drift.length > 0 && (
        <div className="rounded-lg border border-warn/40 bg-warn-soft px-3 py-2.5 text-warn">
          <p className="font-medium">Since then, on the PBX:</p>
          <ul className="mt-1 list-disc pl-5 wrap-anywhere">
            {diagnosis.drift.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
      )}
      {problems.length > 0 && (
        <ul aria-label="What to mend" className="flex flex-col gap-3">
          {problems.map((step) => (
            <StepInstructions key={step.id} step={step} isSaved={isSaved} />
          ))}
        </ul>
      )}
      <AllChecks steps={diagnosis.steps} />
    </div>
  );
}

const verdicts = {
  ok: { icon: CircleCheck, look: "bg-ok-soft text-ok" },
  warning: { icon: TriangleAlert, look: "bg-warn-soft text-warn" },
  failed: { icon: CircleAlert, look: "bg-bad-soft text-bad" },
  skipped: { icon: CircleCheck, look: "bg-idle-soft text-idle" },
};

function Verdict({ text, state }: { text: string; state: DiagnosticStepOut["state"] }) {
  const { icon: Icon, look } = verdicts[state];
  return (
    <p className={`flex items-start gap-2 rounded-lg px-3 py-2.5 font-medium ${look}`}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 wrap-anywhere">{text}</span>
    </p>
  );
}

function AllChecks({ steps }: { steps: readonly DiagnosticStepOut[] }) {
  const count = (state: DiagnosticStepOut["state"]) => steps.filter((step) => step.state === state).length;
  return (
    <details className="rounded-lg border border-line">
      <summary className="rounded-lg px-4 py-3">
        <span className="font-medium">All {steps.length} checks</span>
        <span className="ml-3 text-muted">
          {count("ok")} passed, {count("failed")} failed, {count("warning")} with a warning,{" "}
          {count("skipped")} skipped
        </span>
      </summary>
      <ol className="divide-y divide-line border-t border-line">
        {steps.map((step) => (
          <li key={step.id} className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-2.5">
            <span className="w-24 shrink-0">
              <StepBadge state={step.state} />
            </span>
            <div className="min-w-0 flex-1 basis-56">
              <p className="font-medium">{step.title}</p>
              <p className="text-muted wrap-anywhere">{step.detail}</p>
            </div>
            <code className="font-mono text-xs text-muted">{step.id}</code>
          </li>
        ))}
      </ol>
    </details>
  );
}
