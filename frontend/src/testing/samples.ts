import type {
  DiagnosticStepOut,
  DiagnosticsOut,
  FormFieldOut,
  MemberOut,
  PhoneNumberOut,
  QualityOut,
  RunDetail,
  RunOut,
  TelephonyConfigurationOut,
  TelephonyProviderOut,
  TurnOut,
  UserOut,
  WorkflowOut,
} from "@/client/types.gen";

const AT = "2026-01-02T03:04:05Z";

const field: FormFieldOut = {
  name: "",
  label: "",
  type: "text",
  required: true,
  secret: false,
  help: "",
  example: "",
  advanced: false,
  default: null,
  choices: [],
  minimum: null,
  maximum: null,
};

export const ariFields: FormFieldOut[] = [
  { ...field, name: "ari_endpoint", label: "ARI Endpoint URL", type: "url" },
  { ...field, name: "app_name", label: "Stasis App Name" },
  { ...field, name: "app_password", label: "App Password", type: "password", secret: true },
  { ...field, name: "ws_client_name", label: "WebSocket Client Name", required: false },
  { ...field, name: "from_extensions", label: "From Extensions", type: "list", required: false },
];

const optional = { ...field, required: false, advanced: true };

/** One of each kind that the form folds away. */
export const advancedFields: FormFieldOut[] = [
  { ...optional, name: "is_default_outbound", label: "Default for outbound calls", type: "boolean" },
  { ...optional, name: "dial_template", label: "Dial template", required: true, default: "PJSIP/{number}" },
  {
    ...optional,
    name: "ring_timeout_s",
    label: "Ring time-out",
    type: "number",
    default: 30,
    minimum: 1,
    maximum: 600,
  },
  {
    ...optional,
    name: "on_failure",
    label: "When no agent can take a call",
    type: "choice",
    default: "refuse",
    choices: [
      { value: "refuse", label: "Refuse it" },
      { value: "dialplan", label: "Let the dialplan go on" },
    ],
  },
  { ...optional, name: "channel_variables", label: "Channel variables", type: "list" },
];

export const ariProvider: TelephonyProviderOut = {
  provider: "ari",
  name: "Asterisk ARI",
  description: "An Asterisk of your own.",
  fields: ariFields,
};

export const user: UserOut = {
  id: "u1",
  email: "admin@example.com",
  role: "admin",
  organization_id: "o1",
  created_at: AT,
};

export const member: MemberOut = {
  id: "u9",
  email: "admin@example.com",
  role: "admin",
  state: "active",
  is_enabled: true,
  invitation_expires_at: null,
  last_signed_in_at: null,
  created_at: AT,
};

export const configuration: TelephonyConfigurationOut = {
  id: "c1",
  name: "Head office",
  provider: "ari",
  ari_endpoint: "http://pbx.example.com:8088",
  app_name: "asisso",
  ari_username: "asisso",
  app_password_set: true,
  ws_client_name: "asisso",
  from_extensions: ["PJSIP/6001", "6002"],
  is_default_outbound: false,
  is_enabled: true,
  media_format: "slin16",
  dial_template: "PJSIP/{number}",
  ring_timeout_s: 30,
  require_media_credentials: false,
  on_failure: "refuse",
  channel_variables: [],
  sip_headers: [],
  phone_number_count: 1,
  status: {
    state: "connected",
    since: AT,
    reason: null,
    hint: null,
    asterisk_version: "22.8.1",
    last_event_at: AT,
    round_trip_ms: 3,
    active_calls: 0,
    node: "node-1",
    next_attempt_at: null,
  },
  created_at: AT,
  updated_at: AT,
};

const step: DiagnosticStepOut = {
  id: "port_open",
  title: "Something listens at the port",
  state: "ok",
  detail: "Something listens at pbx.example.com:8088.",
  fix: "",
  commands: [],
  edit: null,
};

export const healthy: DiagnosticsOut = {
  steps: [step],
  verdict: "Everything is in order: 1 checks passed.",
  trigger: "person",
  checked_at: AT,
  duration_ms: 420,
  drift: [],
  compared_at: null,
};

export const ill: DiagnosticsOut = {
  ...healthy,
  verdict: "Asterisk knows no WebSocket client [asisso].",
  steps: [
    step,
    {
      ...step,
      id: "dialplan_fallback",
      title: "The dialplan goes on after Stasis()",
      state: "warning",
      detail: "Callers are cut off.",
      fix: "Add a line.",
      edit: { path: "/etc/asterisk/extensions.conf", lines: [] },
    },
    {
      ...step,
      id: "client_exists",
      title: "Asterisk has the WebSocket client",
      state: "failed",
      detail: "Asterisk knows no WebSocket client [asisso].",
      fix: "Add the section.",
      commands: ['asterisk -rx "module reload res_websocket_client.so"'],
      edit: { path: "/etc/asterisk/websocket_client.conf", lines: ["[asisso]", "protocols = media"] },
    },
    { ...step, id: "media_audio", title: "Audio goes there and back", state: "skipped" },
  ],
};

export const turns: TurnOut[] = [
  { speaker: "agent", text: "How can I help?", started_ms: 400, ended_ms: 1_900, interrupted: true },
  { speaker: "caller", text: "Where is my order?", started_ms: 62_000, ended_ms: 63_500, interrupted: false },
];

export const run: RunDetail = {
  id: "r1",
  direction: "inbound",
  state: "completed",
  live_state: null,
  outcome: "refused_no_number",
  ended_by: "system",
  hangup_cause: null,
  detail: "No phone number 8999 is registered here.",
  from: "6001",
  to: "8999",
  telephony_configuration_id: "c1",
  telephony_configuration_name: "Head office",
  phone_number_id: null,
  workflow_id: null,
  workflow_name: null,
  workflow_version: null,
  channel_id: "1.1",
  context: { caller_number: "6001" },
  node_id: null,
  gathered: {},
  summary: null,
  disposition: null,
  analysis: null,
  analysis_problem: null,
  latency: { answer_ms: null, first_audio_ms: null, turns: [] },
  usage: {
    call_seconds: 0,
    stt_seconds: 0,
    tts_seconds: 0,
    tts_characters: 0,
    llm_input_tokens: 0,
    llm_output_tokens: 0,
    media_attempts: 0,
  },
  recording_url: null,
  created_at: AT,
  answered_at: null,
  ended_at: AT,
  duration_ms: 0,
  transcript: [],
  recording_problem: null,
  quality: null,
};

/** Of a call with nothing wrong. */
export const quality: QualityOut = {
  verdict: "good",
  troubles: [],
  audio: {
    frames_received: 3_000,
    frames_sent: 900,
    frames_late: 0,
    frames_dropped: 0,
    gaps: 0,
    gap_ms: 0,
    xoffs: 0,
    flushes: 1,
  },
  first_audio_ms: 40,
  answers: 3,
  turn_latency_median_ms: 820,
  turn_latency_max_ms: 1_100,
  caller: { speech_dbfs: -24, clipped_percent: 0 },
  agent: { speech_dbfs: -20, clipped_percent: 0 },
  rtp: {
    received: 3_000,
    received_lost: 0,
    received_jitter_ms: 0.4,
    sent: 900,
    sent_lost: 0,
    round_trip_ms: null,
  },
};

/** A call that runs right now. */
export const call: RunOut = {
  ...run,
  state: "in_progress",
  live_state: null,
  outcome: null,
  ended_by: null,
  detail: null,
  workflow_id: "w1",
  workflow_name: "Reception",
  workflow_version: 1,
  answered_at: AT,
  ended_at: null,
  duration_ms: null,
};

export const workflow: WorkflowOut = {
  id: "w1",
  name: "Reception",
  agent: { kind: "embedded" },
  definition: { nodes: [{ id: "hello", type: "start", data: { say: "Hello." } }], edges: [] },
  published_version: 1,
  has_unpublished_changes: false,
  created_at: AT,
  updated_at: AT,
};

export const phoneNumber: PhoneNumberOut = {
  id: "n1",
  telephony_configuration_id: "c1",
  address: "8000",
  address_normalized: "8000",
  address_type: "extension",
  label: "",
  inbound_workflow_id: "w1",
  is_active: true,
  is_default_caller_id: false,
  created_at: AT,
  updated_at: AT,
};
