import type { Access, AccessRequest, Decision, Denial } from "../../core/access.ts";
import type { Grants } from "../../core/grants.ts";
import type { Link } from "./link.ts";
import { keyMissing } from "./stream-keys.ts";

/** What decides for one app. */
export type AppRules = {
  readonly publish: readonly Link[];
  readonly play: readonly Link[];
  /** Publishing needs nothing. */
  readonly open: boolean;
};

/** Says no before anything else is looked at; undefined goes on. */
export type Rule = (request: AccessRequest) => Denial | undefined;

export type AuthoriserParts = {
  /** Also for apps that are not there: whether one is, only who may publish learns. */
  readonly app: (app: string) => AppRules;
  readonly grants: Grants;
  /** In their order. */
  readonly rules: readonly Rule[];
  /** Told of everyone who was refused. */
  readonly refused: (request: AccessRequest, denial: Denial) => void;
};

/**
 * The one authoriser. First the rules that hold for all (bans, rates, places); then the app's links in their order, of which the first that knows an answer decides; then whether the
 * right is still one.
 */
export function authoriser({ app, grants, rules, refused }: AuthoriserParts): Access {
  const seal = (request: AccessRequest, decision: Decision): Decision => {
    const denial = decision.allowed ? grants.refusal(decision) : decision;
    if (denial) refused(request, denial);
    return denial ?? decision;
  };
  return {
    decide(request) {
      for (const rule of rules) {
        const denial = rule(request);
        if (denial) return seal(request, denial);
      }
      const found = app(request.stream.app);
      if (request.action === "publish" && found.open) return seal(request, { allowed: true });
      const decision = ask(found[request.action], request);
      return decision instanceof Promise ? decision.then((made) => seal(request, made)) : seal(request, decision);
    },
  };
}

/** At once, as long as the links answer at once. */
function ask(links: readonly Link[], request: AccessRequest): Promise<Decision> | Decision {
  for (const [index, link] of links.entries()) {
    const answer = link.decide(request);
    if (answer instanceof Promise) return answer.then((made) => made ?? ask(links.slice(index + 1), request));
    if (answer) return answer;
  }
  if (links.length === 0 && request.action === "play") return { allowed: true };
  return links.some(({ name }) => name === "key") ? keyMissing : missing;
}

const missing: Denial = {
  allowed: false,
  rule: "access/missing",
  reason: "this needs a token or a signed address, and none was shown",
};
