import { setTimeout as wait } from "node:timers/promises";
import type { Authorization, Client, Order } from "acme-client";
import { fetchAdapter } from "./acme-transport.ts";

export type KeyAndChain = { readonly cert: string; readonly key: string };

/** What is wanted of whom. */
export type AcmeRequest = {
  readonly domain: string;
  /** The authority's directory (RFC 8555, 7.1.1). */
  readonly directory: string;
  /** Whom the authority may write to; may be empty. */
  readonly email: string;
  /** Gives the account's key; makes one with the function where there is none. */
  accountKey(make: () => Promise<string>): Promise<string>;
  /** What is answered under /.well-known/acme-challenge/, by token, while the order runs. */
  readonly challenges: Map<string, string>;
  readonly signal: AbortSignal;
};

/** The authority did not give a certificate. The message says what it said. */
export class AcmeError extends Error {
  override readonly name: string = "AcmeError";
  readonly code = "tls/acme";
}

const pollMs = 1_000;
const longestMs = 180_000;

/** One order from account to certificate (RFC 8555, 7.4), proven over HTTP (8.3). Throws an `AcmeError` when it comes to nothing. */
export async function orderCertificate(request: AcmeRequest): Promise<KeyAndChain> {
  const { domain, email, directory, signal } = request;
  const acme = await import("acme-client");
  acme.axios.defaults.adapter = fetchAdapter;
  const accountKey = await request.accountKey(async () => String(await acme.crypto.createPrivateEcdsaKey()));
  const client = new acme.Client({ directoryUrl: directory, accountKey });
  await client.createAccount({
    termsOfServiceAgreed: true,
    ...(email === "" ? {} : { contact: [`mailto:${email}`] }),
  });
  signal.throwIfAborted();
  const order = await client.createOrder({ identifiers: [{ type: "dns", value: domain }] });
  for (const authorization of await client.getAuthorizations(order))
    await authorize(client, order, authorization, request);
  const [key, csr] = await acme.crypto.createCsr({ altNames: [domain] }, await acme.crypto.createPrivateEcdsaKey());
  await client.finalizeOrder(order, csr);
  const finished = await poll(
    () => client.getOrder(order),
    ({ status }) => status !== "processing" && status !== "ready",
    signal,
  );
  if (finished.status !== "valid") throw new AcmeError(`the order is ${finished.status}`);
  return { cert: await client.getCertificate(finished), key: String(key) };
}

/** Answers the authority's question until it has asked. A name that was proven lately is not asked about again. */
async function authorize(
  client: Client,
  order: Order,
  { status, challenges: offered }: Authorization,
  { challenges, domain, signal }: AcmeRequest,
): Promise<void> {
  if (status === "valid") return;
  const challenge = offered.find(({ type }) => type === "http-01");
  if (!challenge) throw new AcmeError(`the authority offers no proof over HTTP for ${domain}`);
  challenges.set(challenge.token, await client.getChallengeKeyAuthorization(challenge));
  try {
    await client.completeChallenge(challenge);
    const asked = await poll(
      () => client.getAuthorizations(order),
      (all) => all.every((each) => each.status !== "pending"),
      signal,
    );
    const failed = asked.find((each) => each.status !== "valid");
    if (failed) throw new AcmeError(refusal(failed));
  } finally {
    challenges.delete(challenge.token);
  }
}

/** Why a name was not proven, in the authority's words. */
function refusal({ status, challenges }: Authorization): string {
  const errors = challenges.flatMap((each) =>
    "error" in each && each.error ? [each.error as { detail?: string }] : [],
  );
  return errors[0]?.detail ?? `the authorization is ${status}`;
}

async function poll<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean, signal: AbortSignal): Promise<T> {
  for (const end = performance.now() + longestMs; ; ) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (performance.now() > end) throw new AcmeError(`the authority has not come to an end in ${longestMs / 1_000} s`);
    await wait(pollMs, undefined, { signal, ref: false });
  }
}
