export type ReferrerSettings = {
  /** Hosts, each `example.com`, `example.com:8080` or `*.example.com`; empty for all. */
  readonly referrers: readonly string[];
  /** Players that name no page are refused. */
  readonly referrerNeeded: boolean;
};

/** Whether a page may play, told by Origin, else Referer (what a Flash player says of its page comes as that). */
export function referrerAllowed(
  { referrers, referrerNeeded }: ReferrerSettings,
  headers: ReadonlyMap<string, string>,
): boolean {
  if (referrers.length === 0) return true;
  const said = headers.get("origin") ?? headers.get("referer");
  if (said === undefined || said === "") return !referrerNeeded;
  const page = pageOf(said);
  return page !== undefined && referrers.some((pattern) => fits(pattern.toLowerCase(), page));
}

/** The page's host, undefined for what is no web page: `null`, a file, nonsense. Nobody's page has a user in its address, so whoever writes one wants to be taken for another. */
function pageOf(said: string): URL | undefined {
  const page = URL.parse(said);
  const isWeb = page?.protocol === "https:" || page?.protocol === "http:";
  const isPlain = /^https?:\/\/[^\s\\@/?#]+(?:[/?#]|$)/i.test(said);
  return page && isWeb && isPlain && page.username === "" && page.password === "" ? page : undefined;
}

/** Without a port any will do. `*.` stands for one or more names before, never for none. */
function fits(pattern: string, { host, hostname }: URL): boolean {
  const name = hostname.replace(/\.$/, "");
  if (pattern.startsWith("*.")) {
    const suffix = pattern.slice(1);
    return [host, name].some((each) => each.endsWith(suffix) && each.length > suffix.length);
  }
  return pattern === host || pattern === name;
}
