/** As in the server's stream-name.ts. */
const segment = /^[A-Za-z0-9_~](?:\.?[A-Za-z0-9_~-])*$/;

/** Where a stream that somebody typed is watched; undefined for what is no name. */
export function watchPath(typed: string): string | undefined {
  const segments = typed.trim().split("/").filter(Boolean);
  if (segments.length === 1) segments.unshift("live");
  const isName = segments.length > 1 && segments.length <= 5 && segments.every((each) => segment.test(each));
  return isName ? `/${segments.join("/")}` : undefined;
}
