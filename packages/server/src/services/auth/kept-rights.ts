import type { Grants } from "../../core/grants.ts";
import type { Log } from "../../core/log.ts";
import type { Sessions } from "../../core/sessions.ts";
import type { Records } from "../../storage/records/index.ts";
import type { Bans } from "./bans.ts";

const readEveryMs = 10_000;
const sweepEveryMs = 60 * 60_000;
const auditMs = 366 * 24 * 60 * 60_000;
const auditRows = 100_000;

/** What judges by what was decided. */
export type Judges = { readonly grants: Grants; readonly bans: Bans; readonly sessions: Sessions };

/**
 * What operators have decided, from the records into memory, where every request is judged: at the start, and again and again, because another process may share the records. Nothing is read as long as they are not open. Rejects
 * when they cannot be read at the start; returns the function that stops.
 */
export async function keepRights(
  records: Pick<Records, "revocations" | "bans" | "audit">,
  { grants, bans, sessions }: Judges,
  log: Log,
  isOpen: () => boolean = () => true,
): Promise<() => void> {
  const read = async () => {
    if (!isOpen()) return;
    for (const { grant, until } of await records.revocations.inForce()) {
      if (!grants.isRevoked(grant)) grants.revoke(grant, until);
    }
    await readBans(records, bans);
    sendBannedAway(bans, sessions);
  };
  const sweep = async () => {
    if (!isOpen()) return;
    await records.revocations.sweep();
    await records.bans.sweep();
    await records.audit.sweep({ since: Date.now() - auditMs, rows: auditRows });
  };
  const failed = (error: unknown) =>
    log.warn({ error: String(error) }, "the records could not be read; tried again soon");
  await read();
  const timers = [
    setInterval(() => void read().catch(failed), readEveryMs).unref(),
    setInterval(() => void sweep().catch(failed), sweepEveryMs).unref(),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** Everyone who is there from where nobody may be any more. */
export function sendBannedAway(bans: Bans, sessions: Sessions): number {
  const gone = [...sessions.list()].filter(({ address }) => bans.isBanned(address));
  for (const session of gone) session.close("banned");
  return gone.length;
}

async function readBans(records: Pick<Records, "bans">, bans: Bans): Promise<void> {
  const kept = await records.bans.inForce();
  const inForce = new Set(
    kept.map(({ address, expiresAt, reason }) => bans.add({ network: address, expiresAt, reason })?.network),
  );
  for (const { network } of bans.list()) if (!inForce.has(network)) bans.remove(network);
}
