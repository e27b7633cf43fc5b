import { PhoneOutgoing } from "lucide-react";
import { useId, useState } from "react";
import type { RunOut, TelephonyConfigurationOut, WorkflowOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { useMayOperate } from "@/lib/permissions";
import { CallProgress } from "./CallProgress";
import { TestCallForm } from "./TestCallForm";
import { isConnected } from "./testCall";

type TestCallProps = {
  /** What can be called through; undefined while it is not known yet. */
  configurations: readonly TelephonyConfigurationOut[] | undefined;
  /** Who can talk; undefined while it is not known yet. */
  workflows: readonly Pick<WorkflowOut, "id" | "name">[] | undefined;
};

/** Calls a telephone to hear how a workflow does; says why where that can't be. */
export function TestCall({ configurations, workflows }: TestCallProps) {
  const reasonId = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [started, setStarted] = useState<RunOut | null>(null);
  if (!useMayOperate()) return null;
  const isKnown = configurations !== undefined && workflows !== undefined;
  const reason = isKnown ? whyNot(configurations, workflows) : null;

  return (
    <div className="flex flex-col gap-1 sm:items-end">
      <Button
        onClick={() => setIsOpen(true)}
        disabled={!isKnown || (reason !== null && started === null)}
        aria-describedby={reason ? reasonId : undefined}
        className="self-start sm:self-end"
      >
        <PhoneOutgoing aria-hidden className="size-4" />
        Test call
      </Button>
      {reason && (
        <p id={reasonId} className="max-w-64 text-xs text-pretty text-muted sm:text-right">
          {reason}
        </p>
      )}
      {isKnown && (
        <Dialog
          title="Test call"
          description={workflows.length === 1 ? `${workflows[0]?.name} calls a telephone.` : undefined}
          isOpen={isOpen}
          onOpenChange={setIsOpen}
        >
          {started ? (
            <CallProgress started={started} onCallAgain={() => setStarted(null)} />
          ) : (
            <TestCallForm configurations={configurations} workflows={workflows} onStarted={setStarted} />
          )}
        </Dialog>
      )}
    </div>
  );
}

function whyNot(
  configurations: readonly TelephonyConfigurationOut[],
  workflows: readonly unknown[],
): string | null {
  const [only] = configurations;
  if (only === undefined) return "No PBX is set up and enabled under Telephony.";
  if (!configurations.some(isConnected)) {
    if (configurations.length > 1) return "No telephony configuration is connected to its PBX.";
    return only.is_enabled ? `${only.name} is not connected to its PBX.` : `${only.name} is disabled.`;
  }
  return workflows.length === 0 ? "There is no workflow yet that could talk." : null;
}
