import { now } from "./clock.ts";

export type AdmissionLimits = {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly handshakesPerAddress: number;
  /** Addresses that the per-address limits do not count: proxies in front, and this machine. */
  readonly trusted: readonly string[];
};

/** One connection's place, which it has `since` then. `settled` when it has shown that it speaks its protocol; `leave` when it is gone. */
export type Admitted = { readonly since: number; readonly isSettled: boolean; settled(): void; leave(): void };

/** Counts connections over all protocols, in total and by address, so that one stranger cannot take all places. */
export class Admission {
  readonly #limits: () => AdmissionLimits;
  readonly #isBanned: (address: string) => boolean;
  readonly #open = new Map<string, number>();
  readonly #handshakes = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  #total = 0;
  #shaking = 0;

  constructor(limits: () => AdmissionLimits, isBanned: (address: string) => boolean = () => false) {
    this.#limits = limits;
    this.#isBanned = isBanned;
  }

  get total(): number {
    return this.#total;
  }
  /** How many of them have not shown yet that they speak their protocol. */
  get handshaking(): number {
    return this.#shaking;
  }
  /** How many were refused, by what they were refused by. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** A place for a connection from `address`, or what it is refused by: a limit that it would pass, or a ban. */
  enter(address: string): Admitted | { readonly refused: string } {
    const refused = this.#refusal(address);
    if (refused !== undefined) {
      add(this.#refusals, refused, 1);
      return { refused };
    }
    this.#total++;
    this.#shaking++;
    add(this.#open, address, 1);
    add(this.#handshakes, address, 1);
    return new Place(this, address);
  }

  /** Of a place: its connection speaks its protocol. */
  settled(address: string): void {
    this.#shaking--;
    add(this.#handshakes, address, -1);
  }

  /** Of a place: its connection is gone. */
  left(address: string): void {
    this.#total--;
    add(this.#open, address, -1);
  }

  #refusal(address: string): string | undefined {
    if (this.#isBanned(address)) return "ban";
    const limits = this.#limits();
    if (this.#total >= limits.connections) return "limits.connections";
    if (limits.trusted.includes(address)) return undefined;
    if ((this.#open.get(address) ?? 0) >= limits.connectionsPerAddress) return "limits.connectionsPerAddress";
    if ((this.#handshakes.get(address) ?? 0) >= limits.handshakesPerAddress) return "limits.handshakesPerAddress";
    return undefined;
  }
}

/** There are thousands of them. */
class Place implements Admitted {
  readonly since: number = now();
  isSettled = false;
  readonly #admission: Admission;
  readonly #address: string;
  #inside = true;

  constructor(admission: Admission, address: string) {
    this.#admission = admission;
    this.#address = address;
  }

  settled(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#admission.settled(this.#address);
  }

  leave(): void {
    if (!this.#inside) return;
    this.#inside = false;
    this.settled();
    this.#admission.left(this.#address);
  }
}

function add(counts: Map<string, number>, address: string, by: number): void {
  const count = (counts.get(address) ?? 0) + by;
  if (count > 0) counts.set(address, count);
  else counts.delete(address);
}

/** A peer's address as people write it: IPv4 in its own form also where the socket is dual-stack. */
export function peerAddress(remote: string | undefined): string {
  if (remote === undefined) return "unknown";
  return remote.startsWith("::ffff:") && remote.includes(".") ? remote.slice("::ffff:".length) : remote;
}
