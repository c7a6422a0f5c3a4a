import type { StreamName } from "../../core/stream-name.ts";

/** An address with the stream's name and app in the place of `{name}` and `{app}`. */
export function filled(text: string, { app, name }: StreamName): string {
  return text.replaceAll("{name}", name).replaceAll("{app}", app);
}

/** The scheme that an address begins with. */
export function schemeOf(address: string): string {
  return (/^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1] ?? "").toLowerCase();
}

/** What may be shown of an address: the host and the first part of the app, and the stream's name where it goes by that. Everything else may be a key. */
export function shownTarget(address: string, key: string, { name }: StreamName): string {
  const [, scheme = "", authority = "", path = ""] = /^([a-z]+:\/\/)([^/?#]*)([^?#]*)/i.exec(address) ?? [];
  const parts = path.split("/").filter((part) => part !== "");
  const named = key === "" ? parts.pop() : key;
  const [app, ...more] = parts;
  const shown = [app, more.length > 0 ? "…" : undefined, named === name ? name : "…"];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return `${scheme}${host}/${shown.filter((part) => part !== undefined).join("/")}`.slice(0, maxLength);
}

const maxLength = 200;
