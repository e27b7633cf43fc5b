import type { Collected, WorkflowNode } from "@/client/types.gen";
import { CollectList } from "./CollectList";
import { HttpFields } from "./HttpFields";
import { TextField } from "./TextField";
import { TransferFields } from "./TransferFields";

type NodeFieldsProps = {
  node: WorkflowNode;
  /** Some fields with their new values; undefined is as usual. */
  onChange: (changes: Readonly<Record<string, unknown>>) => void;
};

/** What a step of this type has to be told. */
export function NodeFields({ node, onChange }: NodeFieldsProps) {
  switch (node.type) {
    case "start":
    case "agent":
      return (
        <>
          <Say value={node.data?.say} onChange={onChange} />
          <CollectList
            collected={node.data?.collect ?? []}
            onChange={(collect: readonly Collected[]) =>
              onChange({ collect: collect.length === 0 ? undefined : collect })
            }
          />
          <Prompt value={node.data?.prompt} onChange={onChange} />
        </>
      );
    case "http":
      return <HttpFields data={node.data ?? {}} onChange={onChange} />;
    case "transfer":
      return (
        <>
          <Say value={node.data?.say} onChange={onChange} />
          <TransferFields data={node.data ?? {}} onChange={onChange} />
        </>
      );
    case "end":
      return <Say value={node.data?.say} onChange={onChange} />;
    case "global":
      return <Prompt value={node.data?.prompt} onChange={onChange} />;
  }
}

type TextProps = { value: string | undefined; onChange: NodeFieldsProps["onChange"] };

function Say({ value, onChange }: TextProps) {
  return (
    <TextField
      label="Says"
      rows={3}
      maxLength={5_000}
      value={value}
      onChange={(say) => onChange({ say })}
      help={
        <>
          <code>{"{{caller_name | there}}"}</code> becomes the caller's name, or “there” when it is not known;
          values that were asked for can be named in the same way.
        </>
      }
    />
  );
}

function Prompt({ value, onChange }: TextProps) {
  return (
    <TextField
      label="Instructions for a language model"
      rows={2}
      maxLength={5_000}
      value={value}
      onChange={(prompt) => onChange({ prompt })}
      help="The offline agent does not read them."
    />
  );
}
