import { Buffer } from "node:buffer";
import { network } from "../src/config/network.ts";

type Value = string | { readonly [key: string]: Value };
type Tree = { left: Tree | number | undefined; right: Tree | number | undefined };

const marker = Buffer.from("abcdef4d61784d696e642e636f6d", "hex");
const separator = Buffer.alloc(16);

/** A file in MaxMind's format with a record for each network (MaxMind DB File Format Specification 2.0; records of 32 bits, IPv4 at ::/96). */
export function countryFile(records: Readonly<Record<string, Value>>): Buffer {
  const root: Tree = { left: undefined, right: undefined };
  const data: Buffer[] = [];
  let length = 0;
  for (const [text, record] of Object.entries(records)) {
    insert(root, bitsOf(text), length);
    data.push(encoded(record));
    length = data.reduce((sum, each) => sum + each.length, 0);
  }
  const nodes = nodesOf(root);
  const number = (child: Tree | number | undefined) => {
    if (child === undefined) return nodes.length;
    return typeof child === "number" ? nodes.length + separator.length + child : nodes.indexOf(child);
  };
  const tree = Buffer.alloc(nodes.length * 8);
  for (const [index, { left, right }] of nodes.entries()) {
    tree.writeUInt32BE(number(left), index * 8);
    tree.writeUInt32BE(number(right), index * 8 + 4);
  }
  return Buffer.concat([tree, separator, ...data, marker, metadata(nodes.length)]);
}

/** What MaxMind's files say of a network. */
export function country(code: string): Value {
  return { country: { iso_code: code } };
}

function bitsOf(text: string): string {
  const found = network(text);
  if (!found) throw new Error(`${text} is no network`);
  return found.family === 4
    ? "0".repeat(96) + found.value.toString(2).padStart(32, "0").slice(0, found.bits)
    : found.value.toString(2).padStart(128, "0").slice(0, found.bits);
}

function insert(root: Tree, bits: string, at: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const side = bit === "0" ? "left" : "right";
    const next = node[side];
    if (typeof next === "number") throw new Error("networks overlap");
    node = node[side] = next ?? { left: undefined, right: undefined };
  }
  node[bits.endsWith("0") ? "left" : "right"] = at;
}

function nodesOf(root: Tree): Tree[] {
  const nodes = [root];
  for (const node of nodes)
    for (const child of [node.left, node.right]) if (typeof child === "object") nodes.push(child);
  return nodes;
}

function encoded(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  const entries = Object.entries(value).flatMap(([key, each]) => [encoded(key), encoded(each)]);
  return Buffer.concat([Buffer.from([(7 << 5) | (entries.length / 2)]), ...entries]);
}

function metadata(nodeCount: number): Buffer {
  const fields: [string, Buffer][] = [
    ["binary_format_major_version", uint16(2)],
    ["binary_format_minor_version", uint16(0)],
    ["build_epoch", Buffer.from([4, 2, 0x65, 0, 0, 0])], // uint64, an extended type
    ["database_type", encoded("Test-Country")],
    ["description", encoded({})],
    ["ip_version", uint16(6)],
    ["languages", Buffer.from([0, 4])], // an empty array
    ["node_count", uint32(nodeCount)],
    ["record_size", uint16(32)],
  ];
  return Buffer.concat([
    Buffer.from([(7 << 5) | fields.length]),
    ...fields.flatMap(([key, each]) => [encoded(key), each]),
  ]);
}

function uint16(value: number): Buffer {
  return Buffer.from([(5 << 5) | 2, value >> 8, value & 255]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.from([(6 << 5) | 4, 0, 0, 0, 0]);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}
