import { isIPv4, isIPv6 } from "node:net";
import { type TString, Type } from "typebox";

/** An IP address as a number. The same address has one form, however it was written. */
export type Address = { readonly family: 4 | 6; readonly value: bigint };

/** All addresses that begin with the same bits. */
export type Network = Address & { readonly bits: number };

const width = { 4: 32, 6: 128 } as const;
const mappedPrefix = 0xffffn;
const form = /^([0-9A-Fa-f.:]{2,45})(?:\/(\d{1,3}))?$/;

/** An IP address or a network in the configuration; `network` makes a value of it. */
export function networkText(): TString {
  return Type.String({
    maxLength: 49,
    unit: "network",
    pattern: form.source,
    form: "an IP address, or a network such as 10.0.0.0/8",
  });
}

/** The address that a text stands for, undefined when it is none. IPv4 in IPv6's clothes (`::ffff:10.0.0.1`) is IPv4. */
export function address(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: ipv4(text) };
  const unscoped = text.replace(/%.*$/s, "");
  if (!isIPv6(unscoped)) return undefined;
  const value = ipv6(unscoped);
  return value >> 32n === mappedPrefix ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
}

/** The network that a text stands for, undefined when it is none. An address is a network of one; bits behind the prefix do not count. */
export function network(text: string): Network | undefined {
  const [, base = "", length] = form.exec(text) ?? [];
  const found = address(base);
  if (!found) return undefined;
  const isMapped = found.family === 4 && base.includes(":");
  const bits = length === undefined ? width[found.family] : Number(length) - (isMapped ? 96 : 0);
  return bits >= 0 && bits <= width[found.family] ? enclosing(found, bits) : undefined;
}

/** The network of `bits` bits that the address is in. */
export function enclosing({ family, value }: Address, bits: number): Network {
  const rest = BigInt(width[family] - bits);
  return { family, value: (value >> rest) << rest, bits };
}

export function contains({ family, value, bits }: Network, inside: Address): boolean {
  const rest = BigInt(width[family] - bits);
  return family === inside.family && value >> rest === inside.value >> rest;
}

/** As people write it: IPv6 in groups, the longest run of zeros left out. */
export function addressText({ family, value }: Address): string {
  if (family === 4) return groups(value, 4, 8n).join(".");
  const words = groups(value, 8, 16n).map((word) => word.toString(16));
  return new URL(`http://[${words.join(":")}]`).hostname.slice(1, -1);
}

/** The network's text; that of a single address has no prefix length. */
export function networkName(each: Network): string {
  return each.bits === width[each.family] ? addressText(each) : `${addressText(each)}/${each.bits}`;
}

function ipv4(text: string): bigint {
  return joined(
    text.split(".").map((part) => BigInt(part)),
    8n,
  );
}

function ipv6(text: string): bigint {
  const dotted = text.slice(text.lastIndexOf(":") + 1);
  const plain = dotted.includes(".") ? text.slice(0, -dotted.length) + hexWords(ipv4(dotted)) : text;
  const [left = "", right] = plain.split("::");
  const before = words(left);
  const after = words(right ?? "");
  const missing = right === undefined ? 0 : 8 - before.length - after.length;
  return joined([...before, ...Array<bigint>(missing).fill(0n), ...after], 16n);
}

function hexWords(value: bigint): string {
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

function words(text: string): bigint[] {
  return text === "" ? [] : text.split(":").map((word) => BigInt(`0x${word}`));
}

function joined(parts: readonly bigint[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | part, 0n);
}

function groups(value: bigint, count: number, bits: bigint): bigint[] {
  return Array.from(
    { length: count },
    (_, index) => (value >> (BigInt(count - 1 - index) * bits)) & ((1n << bits) - 1n),
  );
}

/** What is not reachable from everywhere (IANA's special-purpose registries, RFC 6890), of the addresses of IPv4. */
const special4 = networks(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
);
/** IPv6 has one part that is for everywhere; these of it are not, or lead on to an IPv4 address that nobody looks at. */
const global6 = networks("2000::/3");
const special6 = networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");
/** IPv4 addresses as IPv6 writes them for translators (RFC 6052). */
const translated6 = networks("64:ff9b::/96");

/** Whether a text is an IP address that is reachable from everywhere. */
export function isPublicAddress(text: string): boolean {
  const found = address(text);
  return found !== undefined && isReachableEverywhere(found);
}

function isReachableEverywhere(found: Address): boolean {
  if (found.family === 4) return !isIn(special4, found);
  if (isIn(translated6, found)) return isReachableEverywhere({ family: 4, value: found.value & 0xffffffffn });
  return isIn(global6, found) && !isIn(special6, found);
}

function isIn(list: readonly Network[], found: Address): boolean {
  return list.some((each) => contains(each, found));
}

function networks(...texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => network(text) ?? []);
}
