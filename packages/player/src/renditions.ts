import type { Quality } from "./engine.ts";

const item = /"([\w.-]{1,32})"(?:;width=(\d{1,5});height=(\d{1,5}))?/g;
const limitMs = 5_000;

/** The qualities with a picture that a server names in `sluice-renditions`, by the names that `?rendition=` takes. */
export function qualitiesIn(header: string | null): readonly Quality[] {
  return [...(header ?? "").matchAll(item)].flatMap(([, id = "", , height]) =>
    height === undefined ? [] : [{ id, label: `${height}p` }],
  );
}

/** Asks which qualities a stream has whose media does not tell; none where the server does not say. */
export async function askQualities(url: string): Promise<readonly Quality[]> {
  const address = url.replace(/^ws/, "http");
  try {
    const signal = AbortSignal.timeout(limitMs);
    const { headers } = await fetch(address, { method: "HEAD", cache: "no-store", signal });
    return qualitiesIn(headers.get("sluice-renditions"));
  } catch {
    return [];
  }
}

/** A stream's address in one of its qualities alone, or in what the server finds best. */
export function inQuality(url: string, id: string): string {
  const address = new URL(url);
  if (id === "auto") address.searchParams.delete("rendition");
  else address.searchParams.set("rendition", id);
  return address.href;
}
