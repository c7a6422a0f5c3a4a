const maxSegment = 128;
const maxSegments = 5;
/** What a segment may be made of. Everything that a path, a shell, a log, HTML or a URL could read as its own is left out. */
const segment = /^[A-Za-z0-9_~](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?$/;

/**
 * The one canonical form of a stream's address. Only `streamName` makes it, so whatever holds one has passed the allow-list: access, hooks, paths,
 * labels and logs never see anything else. `path` is `app/name`; `app` may have several segments.
 */
export type StreamName = { readonly app: string; readonly name: string; readonly path: string };

/**
 * The canonical name for an application and a stream as a client wrote them, or undefined when they are not allowed: two to five segments of 1–128 letters,
 * digits, `.`, `_`, `~` or `-`, which begin with none of `.-`, end with no dot and hold no two dots in a row. Empty segments do not count, and it does not matter where the
 * client cut between app and name.
 */
export function streamName(app: string, name: string): StreamName | undefined {
  if (app.length + name.length > maxSegments * (maxSegment + 1)) return undefined;
  const segments = `${app}/${name}`.split("/").filter((each) => each !== "");
  const last = segments.at(-1);
  if (last === undefined || segments.length < 2 || segments.length > maxSegments || !segments.every(allowed))
    return undefined;
  return { app: segments.slice(0, -1).join("/"), name: last, path: segments.join("/") };
}

function allowed(each: string): boolean {
  return each.length <= maxSegment && segment.test(each) && !each.includes("..");
}
