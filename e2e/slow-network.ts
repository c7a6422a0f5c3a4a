import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { missing, words } from "./peers.ts";

/** A network of its own (a namespace of Linux), whose one cable leads to this machine and is as slow as the test wants. */
export type SlowNetwork = {
  /** Where this machine is reached from inside; what is to be reached has to listen on all addresses. */
  readonly address: string;
  /** What comes in through the cable from now on, in bits per second. */
  setRate(bitrate: number): void;
  /** The path of a program that runs `program` inside. */
  inside(program: string): string;
};

/** What waits in front of the slow cable before packets are lost. */
const queueMs = 300;
const prefix = "sluice";
/** 198.18.0.0/15 is for tests of networks (RFC 2544): nobody's addresses. */
const networks = 198 * 2 ** 24 + 18 * 2 ** 16;
let opened = 0;

/** Why tests with a slow network are skipped: false when one can be made here. */
export function noSlowNetwork(): string | false {
  if (process.platform !== "linux") return "needs namespaces of Linux";
  if (process.getuid?.() !== 0) return "needs to be root";
  const absent = missing("ip", "tc");
  if (absent) return absent;
  try {
    make(1_000_000).close();
    return false;
  } catch (error) {
    return `no slow network can be made here: ${(error as Error).message}`;
  }
}

/** Makes a network; it is gone when the test is over. */
export function slowNetwork(t: TestContext, bitrate: number): SlowNetwork {
  const { close, ...network } = make(bitrate);
  t.after(close);
  return network;
}

function make(bitrate: number) {
  sweep();
  const number = opened++;
  const name = `${prefix}-${process.pid}-${number}`;
  const [ours, theirs] = [`s${process.pid}h${number}`, `s${process.pid}n${number}`];
  const base = networks + ((process.pid * 64 + number) % 2 ** 15) * 4;
  const folder = mkdtempSync(join(tmpdir(), "sluice-network-"));
  const close = () => {
    process.removeListener("exit", close);
    command(`ip netns delete ${name}`);
    command(`ip link delete ${ours}`);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", close);
  const shape = (verb: string, rate: number) =>
    must(`tc qdisc ${verb} dev ${ours} root tbf rate ${Math.round(rate)}bit burst ${burst(rate)} latency ${queueMs}ms`);
  try {
    must(`ip netns add ${name}`);
    must(`ip link add ${ours} type veth peer name ${theirs} netns ${name}`);
    must(`ip address add ${dotted(base + 1)}/30 dev ${ours}`);
    // An address that turns up a second later is a change of network for Chromium, which breaks off all that it loads.
    must(`ip link set ${ours} addrgenmode none`);
    must(`ip -n ${name} link set ${theirs} addrgenmode none`);
    must(`ip link set ${ours} up`);
    // What most servers have. BBR takes the few packets that a slow cable lets through at once for a fast one.
    must(`ip route change ${dotted(base)}/30 dev ${ours} src ${dotted(base + 1)} congctl cubic`);
    must(`ip -n ${name} address add ${dotted(base + 2)}/30 dev ${theirs}`);
    must(`ip -n ${name} link set ${theirs} up`);
    must(`ip -n ${name} link set lo up`);
    shape("add", bitrate);
  } catch (error) {
    close();
    throw error;
  }
  return {
    address: dotted(base + 1),
    setRate: (changed: number) => shape("change", changed),
    inside: (program: string) => {
      const script = join(folder, "inside.sh");
      writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${name} ${program} "$@"\n`);
      chmodSync(script, 0o755);
      return script;
    },
    close,
  };
}

/** Takes away what tests left behind that were killed. */
function sweep(): void {
  for (const line of command("ip netns list").stdout.split("\n")) {
    const [, name = "", pid = ""] = /^(sluice-(\d+)-\d+)/.exec(line) ?? [];
    if (name !== "" && !isRunning(Number(pid))) command(`ip netns delete ${name}`);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A few packets, and what the timer of a kernel needs that ticks a hundred times a second. */
function burst(bitrate: number): number {
  return Math.max(4_000, Math.ceil(bitrate / 8 / 100));
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".");
}

function must(line: string): void {
  const { status, stderr } = command(line);
  if (status !== 0) throw new Error(`${line}: ${stderr.trim()}`);
}

function command(line: string) {
  const [program = "", ...args] = words(line);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { status, stdout: stdout ?? "", stderr: stderr ?? "" };
}
