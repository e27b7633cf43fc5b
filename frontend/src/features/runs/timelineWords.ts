import type { RunEventOut } from "@/client/types.gen";
import { outcomes } from "@/lib/outcomes";

/** What each kind of event means; a kind that is not here is shown as it is called. */
const kinds: Record<string, string> = {
  asked: "Asked for by a person or a program",
  admitted: "Call accepted",
  refused: "Call refused",
  ringing: "Ringing",
  answered: "Answered",
  ended: "Call ended",
  agent_ready: "Agent ready",
  agent_left: "Agent finished",
  resumed: "Call taken up again after a restart",
  media_connected: "Audio connected",
  media_closed: "Audio disconnected",
  media_error: "Audio fault told by Asterisk",
  media_summary: "Audio of the call",
  recording_stopped: "Recording ended before the call",
  no_audio_from_caller: "No sound from the caller",
  node: "Conversation moved on",
  value: "Value taken down",
  turn: "Turn of the agent",
  barge_in: "Caller interrupted the agent",
  speech_held: "Agent fell silent: somebody spoke over it",
  speech_resumed: "Agent went on: nobody meant to interrupt",
  bot_stalled: "The bot hangs",
  bot_is_back: "The bot is back",
  bot_message_ignored: "A message of the bot changed nothing",
  bot_too_slow: "The bot reads too slowly: some of the caller's sound was left out",
  model_lost: "Connection to the model lost",
  model_stalled: "The model hangs; a new session takes over",
  model_problem: "The model reported an error",
  model_limit_near: "The model's limit is near",
  model_failed: "A model failed",
  model_replaced: "Another voice or model stood in",
  transcription_failed: "What the caller said was not written down",
  filler: "The caller was asked for patience",
  tool: "The model used a tool",
  echo_ignored: "The agent's own echo was not answered",
  dtmf: "Caller pressed a key",
  recognition_failed: "Recognition server failed; another one found the words",
  recognition_skipped: "Words not recognized: too many calls at once",
  speech_unheard: "Speech withheld: the caller was not with the agent",
  speech_skipped: "Speech not said: no voice could",
  voice_failed: "Speech server failed; the embedded voice went on",
  speech_refused: "Speech not said",
  farewell_unheard: "Farewell not heard to its end",
  announcement_failed: "Announcement not said",
  asterisk_prompt: "Asterisk's own prompt played",
  parked: "Caller on hold",
  unparked: "Caller back from hold",
  transfer: "Transfer begun",
  transferred: "Caller put through",
  transfer_failed: "Transfer failed",
  briefing: "Target briefed",
  request_failed: "Request failed",
  timeline_full: "Later events are not kept",
};

/** What was asked of Asterisk. */
const requests: Record<string, string> = {
  answer: "answer the call",
  bridge: "make a bridge",
  external_media: "connect the audio",
  add: "join the call and its audio",
  dial: "dial",
  dial_target: "dial whom to transfer to",
  add_target: "bring the target to the agent",
  join: "join caller and target",
  park: "put the caller on hold",
  unpark: "bring the caller back",
  hand_over: "hand the call to the dialplan",
  fall_back: "let the dialplan go on",
  refer: "send the caller on by SIP REFER",
  dtmf: "press keys",
  play: "play a prompt",
  look_up: "look up a place in the dialplan",
  set_variable: "set a channel variable",
};

/** What happened, for a person. */
export function titleOfEvent({ kind, detail }: RunEventOut): string {
  if (kind === "request") return `Asked Asterisk to ${requests[String(detail.what)] ?? wordsOf(detail.what)}`;
  if (kind === "ari") return `Asterisk: ${String(detail.type)}`;
  return kinds[kind] ?? wordsOf(kind);
}

/** The facts of an event that its title does not tell yet. */
export function factsOfEvent({ kind, detail }: RunEventOut): [name: string, value: string][] {
  const told = kind === "request" ? "what" : kind === "ari" ? "type" : null;
  return Object.entries(detail)
    .filter(([name, value]) => name !== told && value !== null && value !== "")
    .map(([name, value]) => [wordsOf(name.replace(/^pii_|_ms$/g, "")), factOf(name, value)]);
}

function factOf(name: string, value: unknown): string {
  if (name === "outcome") return outcomeInWords(String(value));
  if (name.endsWith("_ms")) return `${String(value)} ms`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function outcomeInWords(outcome: string): string {
  return outcome in outcomes ? outcomes[outcome as keyof typeof outcomes].label : outcome;
}

function wordsOf(name: unknown): string {
  return String(name).replaceAll("_", " ");
}
