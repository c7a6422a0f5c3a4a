import { address, enclosing, type Network, network, networkName } from "../../config/network.ts";

/** An address or network that is kept out. */
export type Ban = {
  /** In its one form, such as `192.0.2.7` or `2001:db8::/32`. */
  readonly network: string;
  /** In milliseconds since 1970; undefined where it does not end. */
  readonly expiresAt?: number | undefined;
  readonly reason?: string | undefined;
};

/** Networks of one size: they are looked up, not looked through. */
type Size = { readonly family: 4 | 6; readonly bits: number; readonly bans: Map<bigint, Ban> };

const maxBans = 10_000;

/** Who is kept out whatever they show. */
export class Bans {
  readonly #clock: () => number;
  /** At most one for each prefix length, however many bans there are. */
  readonly #sizes = new Map<string, Size>();
  #count = 0;

  constructor(bans: Iterable<Ban> = [], clock: () => number = Date.now) {
    this.#clock = clock;
    for (const ban of bans) this.add(ban);
  }

  /** The ban as it holds from now on, in place of one before; undefined where that is no address or network, or there are 10,000. */
  add({ network: text, expiresAt, reason }: Ban): Ban | undefined {
    const found = network(text);
    if (!found) return undefined;
    const isNew = !this.#sizes.get(nameOf(found))?.bans.has(found.value);
    if (isNew && this.#count >= maxBans) this.#sweep();
    if (isNew && this.#count >= maxBans) return undefined;
    const { bans } = this.#size(found);
    const ban = { network: networkName(found), expiresAt, reason };
    bans.set(found.value, ban);
    if (isNew) this.#count++;
    return ban;
  }

  /** Whether there was such a ban. */
  remove(text: string): boolean {
    const found = network(text);
    const size = found && this.#sizes.get(nameOf(found));
    if (!found || !size?.bans.delete(found.value)) return false;
    this.#count--;
    if (size.bans.size === 0) this.#sizes.delete(nameOf(size));
    return true;
  }

  list(): readonly Ban[] {
    this.#sweep();
    return [...this.#sizes.values()].flatMap(({ bans }) => [...bans.values()]);
  }

  isBanned(text: string): boolean {
    if (this.#count === 0) return false;
    const found = address(text);
    if (!found) return false;
    for (const { family, bits, bans } of this.#sizes.values()) {
      const ban = family === found.family && bans.get(enclosing(found, bits).value);
      if (ban && !this.#isOver(ban)) return true;
    }
    return false;
  }

  #size({ family, bits }: Network): Size {
    const name = nameOf({ family, bits });
    const size = this.#sizes.get(name) ?? { family, bits, bans: new Map<bigint, Ban>() };
    this.#sizes.set(name, size);
    return size;
  }

  #sweep(): void {
    const all = [...this.#sizes.values()].flatMap(({ bans }) => [...bans.values()]);
    for (const ban of all) if (this.#isOver(ban)) this.remove(ban.network);
  }

  #isOver({ expiresAt }: Ban): boolean {
    return expiresAt !== undefined && expiresAt <= this.#clock();
  }
}

function nameOf({ family, bits }: Pick<Network, "family" | "bits">): string {
  return `${family}/${bits}`;
}
