import { type Address, address, contains, type Network, network } from "../../config/network.ts";

export type AddressSettings = {
  /** Only these; empty for all. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Only these may publish; empty for all. */
  readonly publish: readonly string[];
};

type Lists = Readonly<Record<keyof AddressSettings, readonly Network[]>>;

/** Each list is parsed once, for as long as the settings are the same object. */
const parsed = new WeakMap<AddressSettings, Lists>();

/** Whether someone at the address may do it. Where there is a list, what is no address may not. */
export function addressAllowed(settings: AddressSettings, action: "publish" | "play", text: string): boolean {
  const { allow, deny, publish } = lists(settings);
  const lengths = allow.length + deny.length + (action === "publish" ? publish.length : 0);
  if (lengths === 0) return true;
  const found = address(text);
  if (!found || isIn(deny, found)) return false;
  if (allow.length > 0 && !isIn(allow, found)) return false;
  return action === "play" || publish.length === 0 || isIn(publish, found);
}

function isIn(networks: readonly Network[], found: Address): boolean {
  return networks.some((each) => contains(each, found));
}

function lists(settings: AddressSettings): Lists {
  const known = parsed.get(settings);
  if (known) return known;
  const made = { allow: all(settings.allow), deny: all(settings.deny), publish: all(settings.publish) };
  parsed.set(settings, made);
  return made;
}

function all(texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => network(text) ?? []);
}
