import { inOrder, isMain, type Member } from "./agentSchema";
import type { Path } from "./documents";
import { type FieldsProps, SchemaField } from "./SchemaField";

/** The settings of an agent or of a part of it: what most people set, and the rest folded away. */
export function MemberFields({
  members,
  path,
  ...props
}: FieldsProps & { members: readonly Member[]; path: Path }) {
  const main = inOrder(members.filter(isMain));
  const others = members.filter((member) => !isMain(member));
  const places = others.map(({ name }) => [...path, name].join("."));
  const hasFault = Object.keys(props.faults).some((fault) =>
    places.some((place) => fault === place || fault.startsWith(`${place}.`)),
  );
  return (
    <>
      {main.map((member) => (
        <SchemaField key={member.name} member={member} path={[...path, member.name]} {...props} />
      ))}
      {others.length > 0 && (
        <details open={hasFault || undefined} className="rounded-lg border border-line">
          <summary className="rounded-lg px-4 py-2.5 text-muted">More settings</summary>
          <div className="flex flex-col gap-5 border-t border-line p-4">
            {others.map((member) => (
              <SchemaField key={member.name} member={member} path={[...path, member.name]} {...props} />
            ))}
          </div>
        </details>
      )}
    </>
  );
}
