// Made from the program by `npm run docs`; do not edit it.
export type Account = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly disabledAt?: number;
};

export type ApiToken = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly accountId: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
};

export type Applied = {
  /** Names a text: changes are made to the one that was seen. */
  readonly revision: string;
  readonly warnings: readonly string[];
  readonly differences: readonly Difference[];
};

export type Asked = {
  readonly asked: number;
  /** Whose clients would not understand. */
  readonly unable: number;
};

export type Asking = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly state: "asked";
};

export type Audience = {
  readonly groups: readonly ViewerGroup[];
  /** Of media that viewers have been sent since the stream began, those who have left included. */
  readonly bytes: number;
  /** How often viewers fell behind and were moved forward since then. */
  readonly skips: number;
};

export type AuditEntry = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly address?: string;
};

export type Ban = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly address: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
};

export type ConfigProblem = {
  readonly line?: number;
  readonly column?: number;
  readonly variable?: string;
  readonly key: string;
  readonly text: string;
};

export type ConfigVersion = {
  /** Names a text: changes are made to the one that was seen. */
  readonly revision: string;
  readonly savedAt: number;
};

export type Configuration = {
  /** Names a text: changes are made to the one that was seen. */
  readonly revision: string;
  /** The file; in the place of each secret stands a mark that can be written back. */
  readonly text: string;
  /** Every key with its value now, defaults and the environment included; `config/schema` says what each may be. */
  readonly values: Readonly<Record<string, unknown>>;
};

export type DeadLetter = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly at: number;
  /** Of its address, of which the rest is not shown; empty where it has none. */
  readonly host: string;
  /** Its id, which the receiver is shown as Sluice-Delivery. */
  readonly event: string;
  readonly kind: string;
  /** What was to be sent. */
  readonly body: string;
  readonly attempts: number;
  readonly reason: string;
};

export type Difference = {
  readonly key: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** It takes effect at the next start only. */
  readonly restart: boolean;
};

export type Drain = {
  /** `drained`: nobody is left, and nobody is let in. */
  readonly state: "none" | "draining" | "drained";
  /** Sessions whose clients were asked to go elsewhere. */
  readonly asked: number;
  /** Those of them that are still there. */
  readonly askedLeft: number;
  readonly publishersLeft: number;
  readonly viewersLeft: number;
  readonly startedAt?: number;
  readonly endsAt?: number;
  readonly tcUrl?: string;
  readonly description?: string;
};

export type Ending = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly state: "closing";
};

/** Milliseconds from when the server had a packet until all who take the stream as it comes (RTMP, FLV, TS) were given it, over the last seconds: half took at most `p50Ms`, 99 of 100 at most `p99Ms`; absent where nobody takes it so. */
export type FrameAge = { readonly p50Ms: number; readonly p99Ms: number };

export type Health = {
  /** Bits per second. */
  readonly bitrate: number;
  /** Bits per second. */
  readonly videoBitrate: number;
  /** Bits per second. */
  readonly audioBitrate: number;
  readonly frameRate?: number;
  readonly keyframeMs?: number;
  readonly longestKeyframeMs?: number;
  /** How far sound is ahead of the picture as they arrive. */
  readonly driftMs?: number;
  readonly jitterMs?: number;
  /** Media time that comes in per time that passes. */
  readonly pace?: number;
  /** There are B-frames. */
  readonly reordered: boolean;
  readonly jumps: number;
  readonly silentMs: number;
  readonly encoder?: string;
  readonly warnings: readonly Warning[];
};

export type HookError = { readonly at: number; readonly reason: string };

export type HookTest = {
  readonly arrived: boolean;
  readonly status?: number;
  /** Why not; empty where it has arrived. */
  readonly reason: string;
};

export type Ladder = {
  readonly state?: "planned" | "queued" | "refused" | "starting" | "running" | "failed" | "unable";
  readonly reason?: string;
  readonly engine?: string;
  readonly encoder?: string;
  readonly restarts?: number;
  readonly droppedGroups?: number;
  readonly leftOut?: readonly string[];
  readonly cores?: number;
  /** Bits per second. */
  readonly measured: number;
  readonly soundOnly: boolean;
  readonly rungs: readonly Rung[];
};

export type Me = {
  readonly name: string;
  readonly role: Role;
  /** What changes have to show in the header Sluice-CSRF. */
  readonly csrf?: string;
  readonly scopes?: readonly Scope[];
};

export type NewApiToken = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly accountId: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  /** Shown once. */
  readonly secret: string;
};

export type NewBan = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly address: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly ended: number;
};

export type Problem = {
  readonly type: "about:blank";
  readonly status: number;
  /** Stable: `area/what`. */
  readonly code: string;
  /** A sentence that says what to do. */
  readonly detail: string;
};

export type Relay = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  /** APP/NAME. */
  readonly stream: string;
  /** The other server's address, without what may be a key. */
  readonly target: string;
  /** `waiting`: there is nothing to relay now; `failed`: it is not tried again. */
  readonly state: "waiting" | "connecting" | "sending" | "receiving" | "backing off" | "failed";
  /** Why, in words; may be empty. */
  readonly reason: string;
  readonly bytes: number;
  /** How often it had to connect anew. */
  readonly restarts: number;
  /** How often it went over to another connection because the other server asked for that. */
  readonly moves: number;
  readonly createdAt: number;
  readonly runningSince?: number;
  /** An operator has begun it, and may end it for good; the others stand in the configuration. */
  readonly byHand: boolean;
  /** Of a push that sends: how much of the stream waits here for the other server to take it. */
  readonly lagMs?: number;
  /** When it connects again, while it backs off. */
  readonly retryAt?: number;
  readonly lastError?: RelayError;
};

/** Why it last lost its connection, or got none; that may be over. */
export type RelayError = { readonly at: number; readonly reason: string };

export type Revocation = { readonly grant: string; readonly until: number; readonly reason: string };

export type Revoked = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly until: number;
  readonly ended: number;
};

export type Role = "viewer" | "operator" | "owner";

export type Rung = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate?: number;
  /** Bits per second. */
  readonly bitrate: number;
  readonly codec: string;
  readonly preset?: string;
  /** The publisher sends it itself, as the video track of this number; absent where it is made here. */
  readonly track?: number;
  /** Of one that the publisher sends: its keyframes have the times of the source's, so viewers are moved without a gap in the picture. */
  readonly aligned?: boolean;
  /** Bits per second, sound included; 0 while that is not known. */
  readonly measured: number;
  readonly live: boolean;
  readonly viewers: number;
  readonly age?: FrameAge;
};

export type Scope = "read" | "sessions" | "keys" | "bans" | "accounts" | "audit" | "config";

export type ServerEvent =
  | { readonly at: number; readonly kind: "server"; readonly state: "listening" | "stopping"; readonly version: string }
  | {
      readonly at: number;
      readonly kind: "stream";
      readonly stream: string;
      readonly state: "waiting" | "live" | "held" | "ended";
    }
  | {
      readonly at: number;
      readonly kind: "transcoder";
      readonly stream: string;
      readonly state:
        | "planned"
        | "queued"
        | "refused"
        | "starting"
        | "running"
        | "failed"
        | "unable"
        | "dropped"
        | "eased"
        | "resumed";
      readonly reason: string;
    }
  | {
      readonly at: number;
      readonly kind: "relay";
      readonly relay: string;
      readonly direction: "push" | "pull";
      readonly stream: string;
      readonly target: string;
      readonly state: "started" | "moved" | "lost" | "ended";
      readonly reason: string;
    }
  | {
      readonly at: number;
      readonly kind: "session opened";
      readonly session: string;
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream: string;
    }
  | {
      readonly at: number;
      readonly kind: "session ended";
      readonly session: string;
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream: string;
      readonly figures: {
        readonly bytes: number;
        readonly skips?: number;
        readonly rendition?: string;
        readonly moves?: number;
      };
      readonly reason: string;
    }
  | {
      readonly at: number;
      readonly kind: "session asked to move";
      readonly session: string;
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream: string;
      readonly reason: string;
    }
  | {
      readonly at: number;
      readonly kind: "drain";
      readonly state: "begun" | "undone" | "over";
      readonly sessions: number;
    }
  | {
      readonly at: number;
      readonly kind: "session refused";
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream?: string;
      readonly rule: string;
    };

export type ServerNode = {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly startedAt: number;
  /** 1 is a whole core. */
  readonly cpu: number;
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  readonly eventLoop: {
    readonly utilization: number;
    /** Milliseconds. */
    readonly p50Ms: number;
    /** Milliseconds. */
    readonly p99Ms: number;
    /** Milliseconds. */
    readonly maxMs: number;
  };
  /** How long a packet waits for its pass now, in milliseconds. */
  readonly window: number;
  readonly sockets: number;
  readonly streams: number;
  readonly publishers: number;
  readonly viewers: number;
  readonly ports: Readonly<Record<string, number>>;
};

export type Session = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly protocol: string;
  readonly role: "publisher" | "viewer";
  readonly stream: string;
  readonly address: string;
  readonly agent?: string;
  /** The right that it rests on: what `revocations` takes. */
  readonly grant?: string;
  readonly expiresAt?: number;
  readonly openedAt: string;
  readonly bytes: number;
  /** How often the viewer fell behind and was moved forward. */
  readonly skips?: number;
  /** The quality that the viewer has. */
  readonly rendition?: string;
  /** How often it was moved between qualities. */
  readonly moves?: number;
};

export type ShownStreamKey = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly app: string;
  readonly stream: string;
  readonly label: string;
  readonly user?: string;
  /** What sessions that publish with it rest on. */
  readonly grant: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly disabledAt?: number;
  readonly lastUsedAt?: number;
  /** The secret, shown once. */
  readonly key?: string;
};

export type SignedIn = { readonly name: string; readonly role: Role; readonly csrf: string };

export type Stream = {
  /** APP/NAME. */
  readonly path: string;
  readonly app: string;
  readonly name: string;
  readonly state: StreamState;
  readonly viewers: number;
  readonly tracks: readonly Track[];
  readonly bytesIn: number;
  readonly packetsIn: number;
  readonly bytesKept: number;
  /** Of media, since the stream began. */
  readonly seconds: number;
  readonly age?: FrameAge;
  readonly health?: Health;
  readonly ladder?: Ladder;
};

export type StreamKey = {
  /** What it is named by in addresses of the API. */
  readonly id: string;
  readonly app: string;
  readonly stream: string;
  readonly label: string;
  readonly user?: string;
  /** What sessions that publish with it rest on. */
  readonly grant: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly disabledAt?: number;
  readonly lastUsedAt?: number;
};

export type StreamState = "waiting" | "live" | "held" | "ended";

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
  /** What people choose a sound by. */
  readonly name?: string;
  /** Of a sound, where the publisher says it. */
  readonly language?: string;
  /** Bits per second as it comes in; absent while that is not known. */
  readonly bitrate?: number;
  /** Viewers get it who ask for nothing. */
  readonly default: boolean;
};

export type Verdict = {
  readonly valid: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
  readonly differences: readonly Difference[];
};

export type ViewerGroup = {
  readonly protocol: string;
  /** The quality; absent where it is what is published. */
  readonly rendition?: string;
  readonly viewers: number;
};

export type Warning = {
  /** Stable. */
  readonly code: string;
  /** What viewers will notice, and what to do. */
  readonly text: string;
};

export type Webhook = {
  /** Its place in the configuration, from 0. */
  readonly index: number;
  /** Of its address, of which the rest is not shown; empty where it has none. */
  readonly host: string;
  /** Waiting: until it is tried again. */
  readonly state: "idle" | "sending" | "waiting" | "off";
  readonly queued: number;
  readonly delivered: number;
  /** Attempts. */
  readonly failed: number;
  /** Events that were given up. */
  readonly dead: number;
  /** Events that were left out because too many waited. */
  readonly dropped: number;
  readonly lastDeliveredAt?: number;
  readonly lastError?: HookError;
};
