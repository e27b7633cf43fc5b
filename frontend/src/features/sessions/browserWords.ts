const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const systems: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

const named = (text: string, known: [RegExp, string][]) => known.find(([sign]) => sign.test(text))?.[1];

/** What people call the browser that named itself so: "Firefox on Linux". */
export function browserName(user_agent: string): string {
  const browser = named(user_agent, browsers);
  const system = named(user_agent, systems);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? (user_agent.slice(0, 60) || "Unknown browser");
}
