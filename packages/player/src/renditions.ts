import type { Choice, Quality } from "./engine.ts";

const item = /"([\w.-]{1,32})"(?:;width=(\d{1,5});height=(\d{1,5}))?/g;
const limitMs = 5_000;

/** The qualities with a picture that a server names in `sluice-renditions`, by the names that `?rendition=` takes. */
export function qualitiesIn(header: string | null): readonly Quality[] {
  return [...(header ?? "").matchAll(item)].flatMap(([, id = "", , height]) =>
    height === undefined ? [] : [{ id, label: id.startsWith(`${height}p`) ? id : `${height}p` }],
  );
}

const sound = /(\d{1,3});name="([\w%.!~*'()-]{1,999})"/g;

/** The sounds that a server names in `sluice-sounds`, by the numbers that `?audio=` takes. */
export function soundsIn(header: string | null): readonly Choice[] {
  return [...(header ?? "").matchAll(sound)].flatMap(([, id = "", name = ""]) => {
    try {
      return [{ id, label: decodeURIComponent(name) }];
    } catch {
      return [];
    }
  });
}

/** What there is to choose from in a stream. */
export type Choices = { readonly qualities: readonly Quality[]; readonly sounds: readonly Choice[] };

/** Asks what there is to choose from in a stream whose media does not tell; nothing where the server does not say. */
export async function askChoices(url: string): Promise<Choices> {
  const address = url.replace(/^ws/, "http");
  try {
    const signal = AbortSignal.timeout(limitMs);
    const { headers } = await fetch(address, { method: "HEAD", cache: "no-store", signal });
    return {
      qualities: qualitiesIn(headers.get("sluice-renditions")),
      sounds: soundsIn(headers.get("sluice-sounds")),
    };
  } catch {
    return { qualities: [], sounds: [] };
  }
}

/** A stream's address in one of its qualities alone, or in what the server finds best. */
export function inQuality(url: string, id: string): string {
  const address = new URL(url);
  if (id === "auto") address.searchParams.delete("rendition");
  else address.searchParams.set("rendition", id);
  return address.href;
}

/** A stream's address with one of its sounds. */
export function inSound(url: string, id: string): string {
  const address = new URL(url);
  address.searchParams.set("audio", id);
  return address.href;
}
