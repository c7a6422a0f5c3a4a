import type { Access, Decision } from "../src/core/access.ts";
import { type ChallengeUser, challengeConnect, challengeLink } from "../src/services/auth/challenge.ts";
import { challengeHashes } from "../src/services/auth/challenge-hashes.ts";
import type { ChallengeMode } from "../src/services/auth/pending-challenges.ts";

export type ChallengeAccess = Access & {
  /** Whose password was wrong, each time. */
  readonly failures: readonly string[];
};

/** One user with a password, who may publish what begins with `cam` in the app `live`; all may watch, and publish what begins with `alive`. */
export function challengeAccess(name: string, password: string, offer: ChallengeMode = "adobe"): ChallengeAccess {
  const kept: ChallengeUser = { id: "1", user: name, app: "live", stream: "cam*", ...challengeHashes(name, password) };
  const find = (user: string) => Promise.resolve(user === name ? kept : undefined);
  const failures: string[] = [];
  const link = challengeLink({ find });
  return {
    failures,
    connect: challengeConnect({
      find,
      asks: (app) => app === "live",
      secret: Buffer.alloc(32, 1),
      offer: () => offer,
      failed: (_request, user) => void failures.push(user),
    }),
    decide: async (request): Promise<Decision> => {
      if (request.action === "play" || request.stream.name.startsWith("alive")) return { allowed: true };
      return (await link.decide(request)) ?? { allowed: false, rule: "access/missing", reason: "nothing was shown" };
    },
  };
}
