import { allPages, inPortions, pageOf } from "./pages.ts";
import { refuseWhenFull, type Store } from "./store.ts";
import { recordOf } from "./tables.ts";
import { checked, checkedTime, fits, reason, type TextRule } from "./values.ts";

/** A grant that counts no more, kept until it would have ended by itself. */
export type Revocation = { readonly grant: string; readonly until: number; readonly reason: string };

export type Revocations = {
  /** Of two for one grant the longer one counts. */
  add(revocation: Revocation): Promise<void>;
  /** All that are still in force. */
  inForce(): Promise<readonly Revocation[]>;
  /** Whether there is one in force. */
  has(grant: string): Promise<boolean>;
  /** Removes those that are over; returns how many. */
  sweep(): Promise<number>;
};

const most = 100_000;
const grantRule: TextRule = { most: 256 };

export function revocations(store: Store, now: () => number): Revocations {
  return {
    add: async (revocation) => {
      const row = {
        grant: checked("the grant", revocation.grant, grantRule),
        until: checkedTime("the end", revocation.until),
        reason: checked("the reason", revocation.reason, reason),
      };
      await store.change(async (transaction) => {
        await refuseWhenFull(transaction, "revocations", most);
        await transaction
          .insertInto("revocations")
          .values(row)
          .onConflict((conflict) =>
            conflict
              .column("grant")
              .doUpdateSet({ until: row.until, reason: row.reason })
              .where("revocations.until", "<", row.until),
          )
          .execute();
      });
    },
    inForce: () => inForce(store, now()),
    has: async (grant) => {
      if (!fits(grant, grantRule)) return false;
      const at = now();
      const row = await store.run((database) =>
        database
          .selectFrom("revocations")
          .select("seq")
          .where("grant", "=", grant)
          .where("until", ">", at)
          .executeTakeFirst(),
      );
      return row !== undefined;
    },
    sweep: () => sweep(store, now()),
  };
}

function inForce(store: Store, at: number): Promise<readonly Revocation[]> {
  return allPages((request) =>
    pageOf(
      request,
      0,
      (from, limit) =>
        store.run((database) =>
          database
            .selectFrom("revocations")
            .selectAll()
            .where("seq", ">", from)
            .where("until", ">", at)
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
        .deleteFrom("revocations")
        .where("seq", "in", (query) =>
          query.selectFrom("revocations").select("seq").where("until", "<=", at).limit(portion),
        )
        .executeTakeFirstOrThrow(),
    );
    return Number(numDeletedRows);
  });
}
