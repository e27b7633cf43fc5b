import { type FormEvent, useEffect, useRef, useState } from "react";
import type { TalkOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import type { Conversation } from "./useTalk";

const KEYS = /^[0-9A-D*#]+$/;

/** What the caller does next: says something, or presses keys. */
export function SayForm({ conversation, talk }: { conversation: Conversation; talk: TalkOut }) {
  const [text, setText] = useState("");
  const [keys, setKeys] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const { isPending, add } = conversation;
  const last = talk.exchanges[talk.exchanges.length - 1];

  useEffect(() => {
    // Sending disabled the field for a moment, which took the focus away.
    if (!isPending && !talk.is_over) field.current?.focus();
  }, [isPending, talk.is_over]);

  async function say(event: FormEvent) {
    event.preventDefault();
    if (text.trim() !== "" && (await add({ say: text.trim() }))) setText("");
  }

  async function press(event: FormEvent) {
    event.preventDefault();
    if (KEYS.test(keys) && (await add({ keys }))) setKeys("");
  }

  if (talk.is_over) {
    if (last?.outcome !== "transferred") return null;
    return (
      <Button
        className="self-start"
        isPending={isPending}
        onClick={() => add({ transfer_failed: "Nobody answered." })}
      >
        Nobody answers the transfer
      </Button>
    );
  }
  return (
    <div className="flex flex-wrap gap-4 border-t border-line pt-4">
      <form onSubmit={say} aria-label="Say something" className="flex min-w-60 flex-1 items-end gap-2">
        <Field label="The caller says" className="min-w-0 flex-1">
          {(control) => (
            <Input
              {...control}
              ref={field}
              autoComplete="off"
              maxLength={500}
              readOnly={isPending}
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        <Button kind="primary" type="submit" isPending={isPending}>
          Say
        </Button>
      </form>
      <form onSubmit={press} aria-label="Press keys" className="flex items-end gap-2">
        <Field label="Keys" className="w-24">
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              inputMode="tel"
              maxLength={40}
              value={keys}
              onChange={({ target }) => setKeys(target.value.toUpperCase())}
            />
          )}
        </Field>
        <Button type="submit" disabled={isPending || !KEYS.test(keys)}>
          Press
        </Button>
      </form>
    </div>
  );
}
