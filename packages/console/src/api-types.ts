/*
 * What the console reads of the API's answers. A test compares each type with the API's own description, so one property stands on one line, and a type that holds others names them.
 */

export type Role = "viewer" | "operator" | "owner";

export type Me = {
  readonly name: string;
  readonly role: Role;
  readonly csrf?: string;
};

export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string };

export type Track = {
  readonly kind: "video" | "audio" | "data";
  readonly id: number;
  readonly codec: string;
  readonly codecString?: string;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
};

export type Warning = {
  readonly code: string;
  readonly text: string;
};

export type Health = {
  readonly bitrate: number;
  readonly videoBitrate: number;
  readonly audioBitrate: number;
  readonly frameRate?: number;
  readonly keyframeMs?: number;
  readonly longestKeyframeMs?: number;
  readonly driftMs?: number;
  readonly jitterMs?: number;
  readonly pace?: number;
  readonly encoder?: string;
  readonly warnings: readonly Warning[];
};

export type FrameAge = {
  readonly p50Ms: number;
  readonly p99Ms: number;
};

export type Rung = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
  readonly codec: string;
  readonly measured: number;
  readonly live: boolean;
  readonly viewers: number;
  readonly age?: FrameAge;
};

export type Ladder = {
  readonly state?: string;
  readonly reason?: string;
  readonly engine?: string;
  readonly encoder?: string;
  readonly restarts?: number;
  readonly droppedGroups?: number;
  readonly cores?: number;
  readonly measured: number;
  readonly rungs: readonly Rung[];
};

export type StreamState = "waiting" | "live" | "held" | "ended";

export type Stream = {
  readonly path: string;
  readonly app: string;
  readonly name: string;
  readonly state: StreamState;
  readonly viewers: number;
  readonly tracks: readonly Track[];
  readonly bytesIn: number;
  readonly seconds: number;
  readonly age?: FrameAge;
  readonly health?: Health;
  readonly ladder?: Ladder;
};

export type Session = {
  readonly id: string;
  readonly protocol: string;
  readonly role: "publisher" | "viewer";
  readonly stream: string;
  readonly address: string;
  readonly agent?: string;
  readonly grant?: string;
  readonly openedAt: string;
  readonly bytes: number;
  readonly skips?: number;
  readonly rendition?: string;
  readonly moves?: number;
};

export type ViewerGroup = {
  readonly protocol: string;
  readonly rendition?: string;
  readonly viewers: number;
};

export type Audience = {
  readonly groups: readonly ViewerGroup[];
  readonly bytes: number;
  readonly skips: number;
};

export type Ban = {
  readonly id: string;
  readonly address: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
};

export type Revocation = {
  readonly grant: string;
  readonly until: number;
  readonly reason: string;
};

export type Revoked = {
  readonly id: string;
  readonly until: number;
  readonly ended: number;
};

export type HookError = {
  readonly at: number;
  readonly reason: string;
};

export type Webhook = {
  readonly index: number;
  readonly host: string;
  readonly state: "idle" | "sending" | "waiting" | "off";
  readonly queued: number;
  readonly delivered: number;
  readonly failed: number;
  readonly dead: number;
  readonly dropped: number;
  readonly lastDeliveredAt?: number;
  readonly lastError?: HookError;
};

export type HookTest = {
  readonly arrived: boolean;
  readonly status?: number;
  readonly reason: string;
};

export type DeadLetter = {
  readonly id: string;
  readonly at: number;
  readonly host: string;
  readonly event: string;
  readonly kind: string;
  readonly body: string;
  readonly attempts: number;
  readonly reason: string;
};

export type Memory = {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
};

export type EventLoop = {
  readonly utilization: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

export type ServerNode = {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly startedAt: number;
  readonly cpu: number;
  readonly memory: Memory;
  readonly eventLoop: EventLoop;
  readonly window: number;
  readonly sockets: number;
  readonly streams: number;
  readonly publishers: number;
  readonly viewers: number;
  readonly ports: Readonly<Record<string, number>>;
};

export type StreamKey = {
  readonly id: string;
  readonly app: string;
  readonly stream: string;
  readonly label: string;
  readonly user?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly disabledAt?: number;
  readonly lastUsedAt?: number;
  readonly key?: string;
};

export type ApiToken = {
  readonly id: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly secret?: string;
};

export type Account = {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly disabledAt?: number;
};

export type AuditEntry = {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly address?: string;
};

export type Difference = {
  readonly key: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly restart: boolean;
};

export type Problem = {
  readonly line?: number;
  readonly column?: number;
  readonly key: string;
  readonly text: string;
};

export type Verdict = {
  readonly valid: boolean;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  readonly differences: readonly Difference[];
};

export type Applied = {
  readonly revision: string;
  readonly warnings: readonly string[];
  readonly differences: readonly Difference[];
};

export type Configuration = {
  readonly revision: string;
  readonly text: string;
  readonly values: unknown;
};

export type Version = {
  readonly revision: string;
  readonly savedAt: number;
};

/** One thing that happened, as the events tell it. */
export type ServerEvent = {
  readonly at: number;
  readonly kind: string;
  readonly stream?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly session?: string;
  readonly protocol?: string;
  readonly role?: string;
  readonly rule?: string;
};
