import type { HangupCauseOut } from "@/client/types.gen";

/** What the SIP statuses that end calls are called. */
const statuses: Record<number, string> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  410: "Gone",
  415: "Unsupported Media Type",
  480: "Temporarily Unavailable",
  481: "Call Does Not Exist",
  484: "Address Incomplete",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  500: "Server Internal Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Server Time-out",
  600: "Busy Everywhere",
  603: "Decline",
  604: "Does Not Exist Anywhere",
  606: "Not Acceptable",
};

/** "User busy (17), SIP 486 Busy Here": Asterisk's cause, and the SIP status behind it where there was one. */
export function causeInWords({ code, text, sip_status }: HangupCauseOut): string {
  const cause = text ? `${text} (${code})` : `Cause ${code}`;
  if (sip_status === null) return cause;
  return `${cause}, SIP ${[sip_status, statuses[sip_status]].filter(Boolean).join(" ")}`;
}
