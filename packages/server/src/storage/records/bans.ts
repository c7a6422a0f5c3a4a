import { network, networkName } from "../../config/network.ts";
import { allPages, inPortions, pageOf } from "./pages.ts";
import { refuseWhenFull, type Store } from "./store.ts";
import { recordOf } from "./tables.ts";
import { checked, checkedTime, invalid, isId, newId, reason } from "./values.ts";

/** An address, or a range of them, that may not connect. */
export type Ban = {
  readonly id: string;
  /** An IP address, or a range such as 10.0.0.0/8. */
  readonly address: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
};

export type NewBan = Omit<Ban, "id" | "createdAt">;

export type Bans = {
  add(ban: NewBan): Promise<Ban>;
  /** All that are still in force. */
  inForce(): Promise<readonly Ban[]>;
  remove(id: string): Promise<boolean>;
  /** Removes those that are over; returns how many. */
  sweep(): Promise<number>;
};

/** As many as are looked through for each connection. */
const most = 10_000;

export function bans(store: Store, now: () => number): Bans {
  return {
    add: async (ban) => {
      const row = {
        id: newId(),
        address: checkedAddress(ban.address),
        reason: checked("the reason", ban.reason, reason),
        createdAt: now(),
        expiresAt: ban.expiresAt === undefined ? null : checkedTime("the expiry", ban.expiresAt),
      };
      return store.change(async (transaction) => {
        await refuseWhenFull(transaction, "bans", most);
        return recordOf(await transaction.insertInto("bans").values(row).returningAll().executeTakeFirstOrThrow());
      });
    },
    inForce: () => inForce(store, now()),
    remove: async (id) => {
      if (!isId(id)) return false;
      const { numDeletedRows } = await store.run((database) =>
        database.deleteFrom("bans").where("id", "=", id).executeTakeFirstOrThrow(),
      );
      return numDeletedRows > 0n;
    },
    sweep: () => sweep(store, now()),
  };
}

function inForce(store: Store, at: number): Promise<readonly Ban[]> {
  return allPages((request) =>
    pageOf(
      request,
      0,
      (from, limit) =>
        store.run((database) =>
          database
            .selectFrom("bans")
            .selectAll()
            .where("seq", ">", from)
            .where((is) => is.or([is("expiresAt", "is", null), is("expiresAt", ">", at)]))
            .orderBy("seq")
            .limit(limit)
            .execute(),
        ),
      recordOf,
    ),
  );
}

function sweep(store: Store, at: number): Promise<number> {
  return inPortions(async (portion) => {
    const { numDeletedRows } = await store.run((database) =>
      database
        .deleteFrom("bans")
        .where("seq", "in", (query) =>
          query.selectFrom("bans").select("seq").where("expiresAt", "<=", at).limit(portion),
        )
        .executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  });
}

function checkedAddress(text: string): string {
  // A zone (fe80::1%eth0) is another one on every machine.
  const found = text.includes("%") ? undefined : network(text);
  if (!found) throw invalid("the address", "an IP address, or a range such as 10.0.0.0/8");
  return networkName(found);
}
