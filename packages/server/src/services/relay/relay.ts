import { now } from "../../core/clock.ts";
import type { Events } from "../../core/events.ts";
import type { Log } from "../../core/log.ts";
import type { RelayConnection, RelayEnd, RelayOrder, RelayOwner } from "../../core/relaying.ts";
import type { StreamName } from "../../core/stream-name.ts";
import type { Resolve } from "../hooks/reach.ts";
import { Backoff } from "./backoff.ts";
import { relayReach } from "./reach.ts";
import { ReconnectPolicy } from "./reconnect-policy.ts";
import { filled, shownTarget } from "./target.ts";

export type Direction = "push" | "pull";

/** `waiting`: there is nothing to relay now. `failed`: it is not tried again. */
export const relayStates = ["waiting", "connecting", "sending", "receiving", "backing off", "failed"] as const;
export type RelayState = (typeof relayStates)[number];

/** Another server, as the configuration or an operator names it. `url` may hold `{name}` and `{app}`. */
export type RemoteSettings = {
  readonly url: string;
  readonly key: string;
  readonly private: boolean;
  readonly anyCertificate: boolean;
  /** Hosts besides its own where the server may send us. */
  readonly hosts: readonly string[];
};

/** How a relay does, for whoever lists them. */
export type RelayView = {
  readonly id: string;
  readonly stream: string;
  readonly target: string;
  readonly state: RelayState;
  readonly reason: string;
  readonly bytes: number;
  /** How often it had to connect anew. */
  readonly restarts: number;
  /** How often it went elsewhere because the other server asked for that. */
  readonly moves: number;
  readonly createdAt: number;
  readonly runningSince?: number;
  /** An operator has begun it; the others stand in the configuration. */
  readonly byHand: boolean;
  /** How much of the stream waits here for the other server to take it. */
  readonly lagMs?: number;
  /** When it connects again. */
  readonly retryAt?: number;
  /** Why it last lost its connection, or got none; it may be over. */
  readonly lastError?: { readonly at: number; readonly reason: string };
};

/** What relays share: where they tell what happens, and the figures of all of them. */
export type RelayRoom = {
  readonly events: Pick<Events, "emit">;
  readonly log: Log;
  readonly totals: Record<Direction, { bytes: number; restarts: number }>;
  readonly resolve?: Resolve;
};

export type RelayOptions = {
  readonly id: string;
  readonly direction: Direction;
  readonly stream: StreamName;
  readonly remote: RemoteSettings;
  readonly byHand: boolean;
  /** Connects; a reason when there is nothing to relay now. */
  connect(order: RelayOrder, owner: RelayOwner): RelayConnection | string;
  /** The stream is over, or somebody else publishes it. */
  over(): void;
};

const most = { most: 3, perMs: 60_000 } as const;

/** One stream on its way to another server or from there: connects, and connects again when the connection is lost. */
export class Relay {
  readonly options: RelayOptions;
  readonly #room: RelayRoom;
  readonly #backoff = new Backoff();
  readonly #policy: ReconnectPolicy;
  readonly #createdAt = Date.now();
  #state: RelayState = "waiting";
  #reason = "";
  #connection: RelayConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #target: string;
  /** Where it was sent; tried in turn with its own address. */
  #elsewhere: { readonly address: string; readonly key: string } | undefined;
  #attempts = 0;
  #bytesBefore = 0;
  #restarts = 0;
  #moves = 0;
  #running: { readonly at: number; readonly since: number } | undefined;
  #retryAt = 0;
  #lastError: RelayView["lastError"];

  constructor(options: RelayOptions, room: RelayRoom) {
    this.options = options;
    this.#room = room;
    const { remote, stream } = options;
    this.#target = shownTarget(filled(remote.url, stream), filled(remote.key, stream), stream);
    this.#policy = new ReconnectPolicy(() => ({ hosts: remote.hosts, private: remote.private, ...most }));
  }

  get state(): RelayState {
    return this.#state;
  }
  get view(): RelayView {
    const { id, stream, byHand } = this.options;
    const lagMs = this.#running && this.#connection?.lagMs;
    return {
      id,
      stream: stream.path,
      target: this.#target,
      state: this.#state,
      reason: this.#reason,
      bytes: this.#bytesBefore + this.bytesNow,
      restarts: this.#restarts,
      moves: this.#moves,
      createdAt: this.#createdAt,
      ...(this.#running ? { runningSince: this.#running.since } : {}),
      byHand,
      ...(lagMs === undefined ? {} : { lagMs }),
      ...(this.#state === "backing off" ? { retryAt: this.#retryAt } : {}),
      ...(this.#lastError ? { lastError: this.#lastError } : {}),
    };
  }

  /** Connects, where it waits. */
  start(): void {
    if (this.#state === "waiting") this.#connect();
  }

  /** There is nothing to relay any more. What is connected sees to its own end. */
  rest(reason: string): void {
    if (this.#connection) return;
    clearTimeout(this.#timer);
    this.#set("waiting", reason);
  }

  /** Ends it for good. */
  stop(reason: string): void {
    clearTimeout(this.#timer);
    const connection = this.#connection;
    connection?.close();
    this.#gone(reason);
    this.#set("waiting", reason);
  }

  /** What the connection that is there has carried. */
  get bytesNow(): number {
    return this.#connection?.bytes ?? 0;
  }

  #connect(): void {
    const owner: RelayOwner = {
      running: () => this.#ran(),
      moved: (address, key) => this.#moved(address, key),
      ended: (end) => this.#ended(end),
    };
    const made = this.options.connect(this.#order(), owner);
    if (typeof made === "string") return this.#set("waiting", made);
    this.#attempts++;
    this.#connection = made;
    this.#set("connecting", this.#reason);
  }

  #order(): RelayOrder {
    const { remote, stream } = this.options;
    const { anyCertificate } = remote;
    const elsewhere = this.#attempts % 2 === 0 ? this.#elsewhere : undefined;
    const key = elsewhere?.key ?? filled(remote.key, stream);
    return {
      address: elsewhere?.address ?? filled(remote.url, stream),
      ...(key === "" ? {} : { key }),
      reach: relayReach(remote.private, this.#room.resolve),
      anyCertificate,
      redirect: (current, wanted) => this.#judge(current, wanted),
    };
  }

  #judge(current: string, wanted: string): string | undefined {
    const verdict = this.#policy.judge(current, wanted);
    if ("follow" in verdict) return verdict.follow;
    this.#tell("warn", { reason: verdict.refused }, "was asked to connect elsewhere, and stays");
    return undefined;
  }

  #ran(): void {
    this.#running = { at: now(), since: Date.now() };
    this.#set(this.options.direction === "push" ? "sending" : "receiving", "");
    this.#tell("info", {}, "runs");
    this.#emit("started", "");
  }

  #moved(address: string, key: string): void {
    const { stream } = this.options;
    this.#moves++;
    this.#elsewhere = { address, key };
    this.#attempts = 0;
    this.#target = shownTarget(address, key.replace(/\?.*$/s, ""), stream);
    this.#tell("info", {}, "goes on over another connection, as the server asked");
    this.#emit("moved", "");
  }

  #ended(end: RelayEnd): void {
    const ranMs = this.#running ? now() - this.#running.at : 0;
    const wasRunning = this.#running !== undefined;
    const isNew = end.reason !== this.#reason;
    if (end.over) {
      this.#gone(end.reason);
      this.#set("waiting", end.reason);
      return this.options.over();
    }
    this.#lastError = { at: Date.now(), reason: end.reason };
    if (end.hopeless) {
      this.#gone(end.reason);
      this.#set("failed", end.reason);
      if (!wasRunning) this.#tell("warn", { reason: end.reason }, "is not possible");
      return;
    }
    this.#gone(end.reason, "lost");
    if (!wasRunning && isNew) this.#tell("warn", { reason: end.reason }, "failed, and is tried again");
    this.#set("backing off", end.reason);
    const waitMs = this.#backoff.next(ranMs);
    this.#retryAt = Math.round(Date.now() + waitMs);
    this.#timer = setTimeout(() => this.#again(), waitMs).unref();
  }

  #again(): void {
    this.#restarts++;
    this.#room.totals[this.options.direction].restarts++;
    this.#connect();
  }

  /** One line in the log for a connection that was there. */
  #gone(reason: string, how: "lost" | "ended" = "ended"): void {
    const running = this.#running;
    const bytes = this.bytesNow;
    this.#bytesBefore += bytes;
    this.#room.totals[this.options.direction].bytes += bytes;
    this.#connection = undefined;
    this.#running = undefined;
    if (!running) return;
    const seconds = Math.round(now() - running.at) / 1000;
    this.#tell("info", { seconds, bytes, reason }, how);
    this.#emit(how, reason);
  }

  #set(state: RelayState, reason: string): void {
    this.#state = state;
    this.#reason = reason;
  }

  #tell(level: "info" | "warn", fields: object, text: string): void {
    const { id, direction, stream } = this.options;
    this.#room.log[level]({ relay: id, stream: stream.path, target: this.#target, ...fields }, `${direction} ${text}`);
  }

  #emit(state: "started" | "moved" | "lost" | "ended", reason: string): void {
    const { id, direction, stream } = this.options;
    this.#room.events.emit({
      kind: "relay",
      relay: id,
      direction,
      stream: stream.path,
      target: this.#target,
      state,
      reason,
    });
  }
}
