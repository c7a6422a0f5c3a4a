import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { milliseconds } from "../../config/duration.ts";
import type { AccessRequest, Decision, Grant } from "../../core/access.ts";
import { now } from "../../core/clock.ts";
import { fingerprint } from "../../core/grants.ts";
import type { Log } from "../../core/log.ts";
import type { CallbackForm, Question, Verdict } from "./callback-form.ts";
import { jsonForm } from "./callback-json.ts";
import { nginxRtmpForm } from "./callback-nginx-rtmp.ts";
import { srsForm } from "./callback-srs.ts";
import { Exchange, type Reply } from "./exchange.ts";
import type { Link } from "./link.ts";
import { WaitingLine } from "./waiting-line.ts";

export type CallbackSettings = {
  /** Who is asked; empty for nobody. */
  readonly publish: string;
  readonly play: string;
  readonly form: "json" | "srs" | "nginx-rtmp";
  readonly secret: string;
  readonly timeout: string;
  readonly retries: number;
  readonly failure: "closed" | "open";
  readonly concurrency: number;
};

const forms: Readonly<Record<CallbackSettings["form"], CallbackForm>> = {
  json: jsonForm,
  srs: srsForm,
  "nginx-rtmp": nginxRtmpForm,
};
/** So many wait in line for each that is asked. */
const waitingForEach = 16;
const shortestPauseMs = 50;
const quietMs = 10_000;
const late = "no answer in time";

type Action = AccessRequest["action"];
type Asked = { readonly question: Question; readonly url: URL; readonly settings: CallbackSettings };
type Failure = { readonly kind: "failed" | "busy"; readonly why: string };

/** Asks a program of the operator's over HTTP. Its answer is awaited for that session alone; publishers and viewers have a line of their own each. */
export function callbackLink(
  settings: () => CallbackSettings,
  log: Log,
): { readonly link: Link; readonly close: () => void } {
  const callback = new Callback(log);
  return {
    link: {
      name: "callback",
      decide(request) {
        const current = settings();
        const url = URL.parse(current[request.action]);
        return url ? callback.decide(request, url, current) : undefined;
      },
    },
    close: () => callback.close(),
  };
}

class Callback {
  readonly #log: Log;
  readonly #exchange = new Exchange();
  readonly #lines: Readonly<Record<Action, WaitingLine>> = { publish: new WaitingLine(), play: new WaitingLine() };
  readonly #running = new Set<AbortController>();
  readonly #complaints: Readonly<Record<Action, Complaint>> = {
    publish: { times: 0, quietUntil: 0 },
    play: { times: 0, quietUntil: 0 },
  };
  #questions = 0;
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  async decide(request: AccessRequest, url: URL, settings: CallbackSettings): Promise<Decision> {
    const question = { request, id: randomUUID(), number: ++this.#questions, time: seconds() };
    const verdict = await this.#verdict({ question, url, settings });
    if ("why" in verdict) this.#complain(request.action, url, verdict.why);
    switch (verdict.kind) {
      case "yes":
        return granted(question, verdict);
      case "no":
        return { allowed: false, rule: "callback/denied", reason: verdict.reason ?? "this was not allowed" };
      case "unclear":
        return {
          allowed: false,
          rule: "callback/answer",
          reason: "whether this is allowed was answered with nonsense",
        };
      case "failed":
      case "busy":
        if (settings.failure === "open" && !this.#closed) return granted(question, { kind: "yes" });
        return verdict.kind === "busy"
          ? { allowed: false, rule: "callback/busy", reason: "too many ask whether they may; try again" }
          : { allowed: false, rule: "callback/failed", reason: "nobody could say whether this is allowed; try again" };
    }
  }

  close(): void {
    this.#closed = true;
    for (const each of this.#running) each.abort();
    this.#exchange.close();
  }

  async #verdict(asked: Asked): Promise<Verdict | Failure> {
    const { question, settings } = asked;
    const { concurrency, timeout } = settings;
    const line = this.#lines[question.request.action];
    const entered = await this.#within(milliseconds(timeout), (signal) =>
      line.enter(concurrency, concurrency * waitingForEach, signal),
    );
    if (!entered) return { kind: "busy", why: "too many are asked at once" };
    try {
      return await this.#ask(asked);
    } finally {
      line.leave(concurrency);
    }
  }

  /** Asks, and asks again after no answer, all within the time that as many answers may take. */
  async #ask(asked: Asked): Promise<Verdict | Failure> {
    const { form, timeout, retries } = asked.settings;
    const limitMs = milliseconds(timeout);
    const end = now() + limitMs * (retries + 1);
    let why = late;
    for (let attempt = 0; attempt <= retries; attempt++) {
      if (attempt > 0) await this.#within(end - now(), (signal) => pause(pauseMs(attempt), signal));
      const leftMs = Math.min(limitMs, end - now());
      if (leftMs <= 0 || this.#closed) break;
      const reply = await this.#within(leftMs, (signal) => this.#post(asked, signal));
      if (typeof reply === "string") why = reply;
      else if (reply.status >= 500) why = `the answer has status ${reply.status}`;
      else return forms[form].read(reply, asked.question.request);
    }
    return { kind: "failed", why };
  }

  async #post({ question, url, settings }: Asked, signal: AbortSignal): Promise<Reply | string> {
    const { contentType, write } = forms[settings.form];
    const body = write(question);
    const headers = {
      "content-type": contentType,
      "user-agent": "Sluice",
      ...(settings.secret === "" ? {} : { "sluice-signature": signature(settings.secret, body) }),
    };
    try {
      return await this.#exchange.post(url, { headers, body }, signal);
    } catch (error) {
      return signal.aborted ? late : String((error as Error).message);
    }
  }

  /** The signal is aborted after so long, and when all is closed. */
  async #within<T>(limitMs: number, run: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
    const controller = new AbortController();
    if (this.#closed) controller.abort();
    const timer = setTimeout(() => controller.abort(), Math.max(0, limitMs));
    this.#running.add(controller);
    try {
      return await run(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  /** Now and then, however many ask. */
  #complain(action: Action, { host }: URL, reason: string): void {
    const complaint = this.#complaints[action];
    complaint.times++;
    if (now() < complaint.quietUntil || this.#closed) return;
    this.#log.warn({ action, host, reason, times: complaint.times }, "the access callback gave no answer to go by");
    complaint.times = 0;
    complaint.quietUntil = now() + quietMs;
  }
}

/** How often since it was last said, and until when nothing is said. */
type Complaint = { times: number; quietUntil: number };

/** Without an id in the answer nothing is shared: the right is this session's alone. */
function granted(
  { id, request }: Question,
  { kind: _, id: shared, ...limits }: Extract<Verdict, { kind: "yes" }>,
): Grant {
  const name = fingerprint("callback", shared ?? id);
  const mayTakeOver = request.action === "publish" && shared !== undefined;
  return { allowed: true, id: name, ...(mayTakeOver ? { key: name } : {}), ...limits };
}

/** Each time a new one: who keeps the nonces of the last minutes sees that a message is played back. */
function signature(secret: string, body: string): string {
  const time = seconds();
  const nonce = randomUUID();
  const sum = createHmac("sha256", secret).update(`${time}.${nonce}.${body}`).digest("hex");
  return `t=${time},nonce=${nonce},v1=${sum}`;
}

function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal }).catch(() => {}); // it only waits for less long
}

/** Not everybody at the same moment. */
function pauseMs(attempt: number): number {
  return shortestPauseMs * attempt * (1 + Math.random());
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
