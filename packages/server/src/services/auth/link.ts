import type { AccessRequest, Decision } from "../../core/access.ts";

/** One way to show a right. Its answer is undefined where nothing of its kind was shown: the next is asked. */
export type Link = {
  readonly name: string;
  decide(request: AccessRequest): Promise<Decision | undefined> | Decision | undefined;
};
