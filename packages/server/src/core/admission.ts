export type AdmissionLimits = {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly handshakesPerAddress: number;
  /** Addresses that the per-address limits do not count: proxies in front, and this machine. */
  readonly trusted: readonly string[];
};

/** One connection's place. `settled` when it has shown that it speaks its protocol; `leave` when it is gone. */
export type Admitted = { settled(): void; leave(): void };

/** Counts connections over all protocols, in total and by address, so that one stranger cannot take all places. */
export class Admission {
  readonly #limits: () => AdmissionLimits;
  readonly #isBanned: (address: string) => boolean;
  readonly #open = new Map<string, number>();
  readonly #handshakes = new Map<string, number>();
  #total = 0;

  constructor(limits: () => AdmissionLimits, isBanned: (address: string) => boolean = () => false) {
    this.#limits = limits;
    this.#isBanned = isBanned;
  }

  get total(): number {
    return this.#total;
  }

  /** A place for a connection from `address`, or what it is refused by: a limit that it would pass, or a ban. */
  enter(address: string): Admitted | { readonly refused: string } {
    if (this.#isBanned(address)) return { refused: "ban" };
    const limits = this.#limits();
    if (this.#total >= limits.connections) return { refused: "limits.connections" };
    if (!limits.trusted.includes(address)) {
      if ((this.#open.get(address) ?? 0) >= limits.connectionsPerAddress)
        return { refused: "limits.connectionsPerAddress" };
      if ((this.#handshakes.get(address) ?? 0) >= limits.handshakesPerAddress)
        return { refused: "limits.handshakesPerAddress" };
    }
    this.#total++;
    add(this.#open, address, 1);
    add(this.#handshakes, address, 1);
    let handshaking = true;
    let inside = true;
    const settled = () => {
      if (handshaking) add(this.#handshakes, address, -1);
      handshaking = false;
    };
    const leave = () => {
      if (!inside) return;
      inside = false;
      settled();
      this.#total--;
      add(this.#open, address, -1);
    };
    return { settled, leave };
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
