import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import type { ProblemOut, WorkflowDefinition, WorkflowOut } from "@/client/types.gen";
import { ForRole } from "@/components/ForRole";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Select } from "@/components/ui/inputs";
import { announce } from "@/lib/announcements";
import { GraphDrawing } from "./GraphDrawing";
import { edgesOf, labelOfType, type NodeType, nodeTypes, withNode, withoutNode } from "./graph";
import { JsonEditor } from "./JsonEditor";
import { NodeEditor } from "./NodeEditor";
import { ProblemList } from "./ProblemList";
import type { Draft } from "./useDraft";
import { useProblems } from "./useProblems";

/** The graph of a workflow: drawn, as a list of steps to change, and as JSON. */
export function ConversationEditor({ workflow, draft }: { workflow: WorkflowOut; draft: Draft }) {
  const { definition, change } = draft;
  const problems = useProblems(workflow.id, definition);
  const [openId, setOpenId] = useState<string | null>(null);
  const places = useMemo(() => placesOf(problems, definition), [problems, definition]);

  function open(id: string) {
    setOpenId(id);
    requestAnimationFrame(() => document.getElementById(`step-${id}`)?.scrollIntoView({ block: "center" }));
  }

  function add(type: NodeType) {
    const added = withNode(definition, type);
    change(added.definition);
    announce(`Added the step ${added.id}`);
    open(added.id);
  }

  return (
    <ForRole least="operator">
      <Card title="Overview" description="Click a step to open it below.">
        <GraphDrawing definition={definition} faulty={faultyOf(places.byNode)} onOpen={open} />
      </Card>
      <Card
        title="Steps"
        description="What the agent says in each step, what it asks for, and where it goes on."
        isFlush
      >
        {places.general.length > 0 && (
          <div className="px-4 py-3 sm:px-5">
            <ProblemList problems={places.general} label="What is wrong with the whole" />
          </div>
        )}
        <ol className="divide-y divide-line">
          {definition.nodes.map((node) => (
            <NodeEditor
              key={node.id}
              node={node}
              definition={definition}
              problems={places.byNode.get(node.id) ?? []}
              isOpen={openId === node.id}
              onToggle={(isOpen) => setOpenId(isOpen ? node.id : null)}
              onChange={change}
              onRenamed={setOpenId}
              onRemove={() => {
                change(withoutNode(definition, node.id));
                announce(`Removed the step ${node.id}`);
              }}
            />
          ))}
        </ol>
        <div className="border-t border-line px-4 py-3.5 sm:px-5">
          <AddStep onAdd={add} />
        </div>
      </Card>
      <JsonEditor definition={definition} onChange={change} />
    </ForRole>
  );
}

/** The steps with an error; a warning keeps nothing from being published. */
function faultyOf(byNode: ReadonlyMap<string, readonly ProblemOut[]>): ReadonlySet<string> {
  const faulty = [...byNode].filter(([, problems]) => problems.some(({ severity }) => severity === "error"));
  return new Set(faulty.map(([id]) => id));
}

function AddStep({ onAdd }: { onAdd: (type: NodeType) => void }) {
  const [type, setType] = useState<NodeType>("agent");
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Select
        aria-label="Type of the new step"
        className="max-w-56"
        value={type}
        onChange={({ target }) => setType(target.value as NodeType)}
      >
        {nodeTypes.map((one) => (
          <option key={one.type} value={one.type}>
            {labelOfType(one.type)}
          </option>
        ))}
      </Select>
      <Button onClick={() => onAdd(type)}>
        <Plus aria-hidden className="size-4" />
        Add step
      </Button>
    </div>
  );
}

/** Which step each problem belongs to; one of a way on belongs to the step it leaves. */
function placesOf(problems: readonly ProblemOut[], definition: WorkflowDefinition) {
  const sources = new Map(edgesOf(definition).map(({ id, source }) => [id, source]));
  const ids = new Set(definition.nodes.map(({ id }) => id));
  const byNode = new Map<string, ProblemOut[]>();
  const general: ProblemOut[] = [];
  for (const problem of problems) {
    const id = problem.node_id ?? sources.get(problem.edge_id ?? "");
    if (id === undefined || !ids.has(id)) general.push(problem);
    else byNode.set(id, [...(byNode.get(id) ?? []), problem]);
  }
  return { byNode, general };
}
