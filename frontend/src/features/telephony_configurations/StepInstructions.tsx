import type { DiagnosticStepOut } from "@/client/types.gen";
import { CopyButton } from "@/components/ui/CopyButton";
import { StepBadge } from "./StepBadge";

/** A check that found something: what was seen, and how to mend it. */
export function StepInstructions({ step, isSaved }: { step: DiagnosticStepOut; isSaved: boolean }) {
  return (
    <li className="flex flex-col gap-3 rounded-lg border border-line p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <StepBadge state={step.state} />
        <h3 className="font-semibold">{step.title}</h3>
      </div>
      <p className="wrap-anywhere">{step.detail}</p>
      <div className="flex flex-col gap-3 border-t border-line pt-3">
        <p className="wrap-anywhere">
          <span className="font-medium">To mend it: </span>
          {step.fix}
        </p>
        {step.edit && <EditLines edit={step.edit} isSaved={isSaved} />}
        {step.commands.length > 0 && (
          <Snippet caption="Then run on the PBX" what="the commands" text={step.commands.join("\n")} />
        )}
      </div>
    </li>
  );
}

type EditLinesProps = { edit: NonNullable<DiagnosticStepOut["edit"]>; isSaved: boolean };

function EditLines({ edit, isSaved }: EditLinesProps) {
  if (edit.lines.length > 0) {
    return <Snippet caption={`In ${edit.path}`} what="the lines" text={edit.lines.join("\n")} />;
  }
  return (
    <p className="text-muted">
      The file <code className="font-mono text-xs text-ink wrap-anywhere">{edit.path}</code> stands complete{" "}
      {isSaved
        ? "under Asterisk configuration on this page."
        : "on the configuration's page, once it is saved."}
    </p>
  );
}

function Snippet({ caption, what, text }: { caption: string; what: string; text: string }) {
  return (
    <figure className="flex min-w-0 flex-col gap-1.5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <figcaption className="text-xs text-muted wrap-anywhere">{caption}</figcaption>
        <CopyButton text={text} what={what} />
      </div>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={caption}
        className="overflow-x-auto rounded-lg bg-sunken p-3"
      >
        <pre className="font-mono text-xs leading-relaxed">{text}</pre>
      </section>
    </figure>
  );
}
