// Made from the program by `npm run docs`; do not edit it.
import type {
  Account,
  ApiToken,
  Applied,
  Asked,
  Asking,
  Audience,
  AuditEntry,
  Ban,
  Configuration,
  ConfigVersion,
  DeadLetter,
  Drain,
  Ending,
  HookTest,
  Me,
  NewApiToken,
  NewBan,
  Relay,
  Revocation,
  Revoked,
  Role,
  Scope,
  ServerEvent,
  ServerNode,
  Session,
  ShownStreamKey,
  SignedIn,
  Stream,
  StreamKey,
  Verdict,
  Webhook,
} from "./shapes.ts";

/** Every operation of the API, by its method and path. */
export type Operations = {
  /** Sign in with a name and a password; answers with a cookie, and with what changes have to show. */
  "POST /sign-in": { readonly body: { readonly name: string; readonly password: string }; readonly answer: SignedIn };
  /** Sign out. */
  "POST /sign-out": { readonly answer: undefined };
  /** Who you are. */
  "GET /me": { readonly answer: Me };
  /** Change your own password. */
  "POST /password": {
    readonly body: { readonly current: string; readonly password: string };
    readonly answer: undefined;
  };
  /** All accounts. */
  "GET /accounts": {
    readonly query?: {
      /** `next` of the piece before. */
      readonly after?: string | undefined;
      /** How many at most; 100 unless said. */
      readonly limit?: number | undefined;
    };
    readonly answer: {
      readonly items: readonly Account[];
      /** There is more: ask again with `after` set to this. */
      readonly next?: string;
    };
  };
  /** Make an account. */
  "POST /accounts": {
    readonly body: { readonly name: string; readonly password: string; readonly role: Role };
    readonly answer: Account;
  };
  /** Change an account's password or role, or disable it; it is signed out everywhere. */
  "PATCH /accounts/{id}": {
    readonly path: { readonly id: string };
    readonly body: {
      readonly password?: string | undefined;
      readonly role?: Role | undefined;
      readonly disabled?: boolean | undefined;
    };
    readonly answer: Account;
  };
  /** Remove an account and its API tokens. */
  "DELETE /accounts/{id}": { readonly path: { readonly id: string }; readonly answer: undefined };
  /** API tokens: yours, or everybody's for an owner. */
  "GET /tokens": {
    readonly query?: {
      /** `next` of the piece before. */
      readonly after?: string | undefined;
      /** How many at most; 100 unless said. */
      readonly limit?: number | undefined;
    };
    readonly answer: {
      readonly items: readonly ApiToken[];
      /** There is more: ask again with `after` set to this. */
      readonly next?: string;
    };
  };
  /** Make an API token that speaks for your account; its secret is shown once. */
  "POST /tokens": {
    readonly body: {
      readonly label: string;
      readonly scopes: readonly Scope[];
      readonly expiresAt?: number | undefined;
    };
    readonly answer: NewApiToken;
  };
  /** Remove an API token. */
  "DELETE /tokens/{id}": { readonly path: { readonly id: string }; readonly answer: undefined };
  /** What was changed by whom, newest first. */
  "GET /audit": {
    readonly query?: {
      /** `next` of the piece before. */
      readonly before?: string | undefined;
      /** How many at most; 100 unless said. */
      readonly limit?: number | undefined;
    };
    readonly answer: {
      readonly items: readonly AuditEntry[];
      /** There is more: ask again with `after` set to this. */
      readonly next?: string;
    };
  };
  /** All streams, with what they carry and how their publishers do. */
  "GET /streams": {
    readonly query?: {
      /** `next` of the piece before. */
      readonly after?: string | undefined;
      /** How many at most; 100 unless said. */
      readonly limit?: number | undefined;
      readonly app?: string | undefined;
    };
    readonly answer: {
      readonly items: readonly Stream[];
      /** There is more: ask again with `after` set to this. */
      readonly next?: string;
    };
  };
  /** One stream, by its app and name. */
  "GET /streams/{stream}": {
    readonly path: {
      /** All that is left of the path: the slashes in it stay as they are. */
      readonly stream: string;
    };
    readonly answer: Stream;
  };
  /** End a stream, for its publisher and for everyone who watches. */
  "DELETE /streams/{stream}": {
    readonly path: {
      /** All that is left of the path: the slashes in it stay as they are. */
      readonly stream: string;
    };
    readonly answer: Ending;
  };
  /** Who publishes and who watches. */
  "GET /sessions": {
    readonly query?: {
      /** `next` of the piece before. */
      readonly after?: string | undefined;
      /** How many at most; 100 unless said. */
      readonly limit?: number | undefined;
      /** APP/NAME. */
      readonly stream?: string | undefined;
      readonly role?: "publisher" | "viewer" | undefined;
      readonly protocol?: string | undefined;
    };
    readonly answer: {
      readonly items: readonly Session[];
      /** There is more: ask again with `after` set to this. */
      readonly next?: string;
    };
  };
  /** One session. */
  "GET /sessions/{id}": { readonly path: { readonly id: string }; readonly answer: Session };
  /** End a session. */
  "DELETE /sessions/{id}": { readonly path: { readonly id: string }; readonly answer: Ending };
  /** What happens, as it happens (server-sent events); with `Last-Event-ID` or `since` also what was missed. */
  "GET /events": {
    readonly query?: {
      /** Only these, with commas between them. */
      readonly kinds?: string | undefined;
      /** What happened after this event, as far as it is kept. */
      readonly since?: number | undefined;
    };
    readonly event: ServerEvent;
  };
  /** A stream's viewers, counted by protocol and quality, and what they have been sent. */
  "GET /audience": {
    readonly query: {
      /** APP/NAME. */
      readonly stream: string;
    };
    readonly answer: Audience;
  };
  /** This server: version, load, memory, how promptly it acts. */
  "GET /node": { readonly answer: ServerNode };
  /** Ask the client of a session to connect anew; it is served until it does, for `graceMs` (a minute). */
  "POST /sessions/{id}/reconnect": {
    readonly path: { readonly id: string };
    readonly body: {
      /** Where clients are sent: an address such as rtmp://other.example, rtmps://other.example:1936/live or /live; a host alone keeps each client's app. Absent: to where they are. */
      readonly tcUrl?: string | undefined;
      /** Why, for whoever runs the client. */
      readonly description?: string | undefined;
      /** How long whoever stays is served, in milliseconds. */
      readonly graceMs?: number | undefined;
    };
    readonly answer: Asking;
  };
  /** Ask the clients of a stream to connect anew; each is served until it does, for `graceMs` (a minute). */
  "POST /reconnect": {
    readonly body: {
      /** APP/NAME. */
      readonly stream: string;
      /** Only its publisher, or only its viewers. */
      readonly role?: "publisher" | "viewer" | undefined;
      /** Where clients are sent: an address such as rtmp://other.example, rtmps://other.example:1936/live or /live; a host alone keeps each client's app. Absent: to where they are. */
      readonly tcUrl?: string | undefined;
      /** Why, for whoever runs the client. */
      readonly description?: string | undefined;
      /** How long whoever stays is served, in milliseconds. */
      readonly graceMs?: number | undefined;
    };
    readonly answer: Asked;
  };
  /** How far this server is with being emptied. */
  "GET /node/drain": { readonly answer: Drain };
  /** Empty this server: nobody new is let in, who can is asked to go elsewhere, and who stays is served for `graceMs` (five minutes). */
  "POST /node/drain": {
    readonly body: {
      /** Where clients are sent: an address such as rtmp://other.example, rtmps://other.example:1936/live or /live; a host alone keeps each client's app. Absent: to where they are. */
      readonly tcUrl?: string | undefined;
      /** Why, for whoever runs the client. */
      readonly description?: string | undefined;
      /** How long whoever stays is served, in milliseconds. */
      readonly graceMs?: number | undefined;
    };
    readonly answer: Drain;
  };
  /** Take sessions again; who has been asked to go elsewhere goes. */
  "DELETE /node/drain": { readonly answer: Drain };
  /** Streams that are sent to other servers, and how that does. */
  "GET /pushes": { readonly answer: { readonly items: readonly Relay[] } };
  /** Send a stream to another server whenever it is live, until that is stopped or the server is. */
  "POST /pushes": {
    readonly body: {
      /** APP/NAME. */
      readonly stream: string;
      /** Where it is sent; `{name}` and `{app}` stand for the stream's. */
      readonly url: string;
      /** The stream's name or key there, where `url` ends with the app. */
      readonly key?: string | undefined;
      /** The quality that is sent; absent: what is published. */
      readonly rendition?: string | undefined;
      /** The sound that is sent, by its track's number. */
      readonly sound?: number | undefined;
      /** The address may lead into a private network; only an owner may say so. */
      readonly private?: boolean | undefined;
      /** The other server's certificate is not checked. */
      readonly anyCertificate?: boolean | undefined;
      /** Codecs are sent that the other server has not announced. */
      readonly anyCodec?: boolean | undefined;
      /** Where else the other server may send us. */
      readonly hosts?: readonly string[] | undefined;
    };
    readonly answer: Relay;
  };
  /** Send a stream there no more; what the configuration names is sent again when the stream begins anew. */
  "DELETE /pushes/{id}": { readonly path: { readonly id: string }; readonly answer: Ending };
  /** Streams that come from other servers, and how that does. */
  "GET /pulls": { readonly answer: { readonly items: readonly Relay[] } };
  /** The webhooks, and how each does. */
  "GET /hooks": { readonly answer: { readonly items: readonly Webhook[] } };
  /** Send an event of the kind `test` to a webhook, once, and say what came of it. */
  "POST /hooks/{index}/test": { readonly path: { readonly index: string }; readonly answer: HookTest };
  /** Events that could not be delivered to a webhook, the newest first. */
  "GET /hooks/dead": {
    readonly query?: {
      /** `next` of the piece before. */
      readonly after?: string | undefined;
      /** How many at most; 100 unless said. */
      readonly limit?: number | undefined;
    };
    readonly answer: {
      readonly items: readonly DeadLetter[];
      /** There is more: ask again with `after` set to this. */
      readonly next?: string;
    };
  };
  /** Send it again, behind what waits. */
  "POST /hooks/dead/{id}/replay": {
    readonly path: { readonly id: string };
    readonly answer: {
      /** What it is named by in addresses of the API. */
      readonly id: string;
      readonly state: "queued";
    };
  };
  /** Forget it. */
  "DELETE /hooks/dead/{id}": { readonly path: { readonly id: string }; readonly answer: undefined };
  /** Stream keys, without the secrets: `app` and `stream` choose. */
  "GET /keys": {
    readonly query?: {
      /** `next` of the piece before. */
      readonly after?: string | undefined;
      /** How many at most; 100 unless said. */
      readonly limit?: number | undefined;
      readonly app?: string | undefined;
      readonly stream?: string | undefined;
    };
    readonly answer: {
      readonly items: readonly StreamKey[];
      /** There is more: ask again with `after` set to this. */
      readonly next?: string;
    };
  };
  /** Make a stream key; it is shown once. A stream may have several. With `user` encoders can sign in that know only a user and a password: the key is the password. */
  "POST /keys": {
    readonly body: {
      readonly app: string;
      readonly stream: string;
      readonly label?: string | undefined;
      readonly key?: string | undefined;
      readonly user?: string | undefined;
      readonly expiresAt?: number | undefined;
    };
    readonly answer: ShownStreamKey;
  };
  /** Rename a key, let it end, disable it, or rotate it: the new one is shown once. Who publishes with what holds no more is sent away. */
  "PATCH /keys/{id}": {
    readonly path: { readonly id: string };
    readonly body: {
      readonly label?: string | undefined;
      readonly disabled?: boolean | undefined;
      readonly expiresAt?: number | null | undefined;
      readonly rotate?: boolean | undefined;
    };
    readonly answer: ShownStreamKey;
  };
  /** Remove a stream key; who publishes with it is sent away. */
  "DELETE /keys/{id}": { readonly path: { readonly id: string }; readonly answer: undefined };
  /** Rights that were revoked and would still hold. */
  "GET /revocations": { readonly answer: { readonly items: readonly Revocation[] } };
  /** Revoke a token or a signed address, or a right by the name that sessions list; every session that rests on it ends, on every protocol. */
  "POST /revocations": {
    readonly body: {
      readonly token?: string | undefined;
      readonly grant?: string | undefined;
      readonly until?: number | undefined;
      readonly reason?: string | undefined;
    };
    readonly answer: Revoked;
  };
  /** Addresses and networks that are kept out. */
  "GET /bans": { readonly answer: { readonly items: readonly Ban[] } };
  /** Keep an address or a network out; who is there from it is sent away. */
  "POST /bans": {
    readonly body: {
      readonly address: string;
      readonly reason?: string | undefined;
      readonly expiresAt?: number | undefined;
    };
    readonly answer: NewBan;
  };
  /** Let an address or a network in again. */
  "DELETE /bans/{id}": { readonly path: { readonly id: string }; readonly answer: undefined };
  /** The configuration, as its file says and as it is in force; secrets are not shown. */
  "GET /config": { readonly answer: Configuration };
  /** Replace the configuration's text; what can take effect while the server runs does at once. */
  "POST /config": {
    readonly body: {
      readonly text: string;
      /** Names a text: changes are made to the one that was seen. */
      readonly revision?: string | undefined;
    };
    readonly answer: Applied;
  };
  /** Set some keys, or take them out; the rest of the file stays as it is written, comments included. */
  "PATCH /config": {
    readonly body: {
      /** Names a text: changes are made to the one that was seen. */
      readonly revision?: string | undefined;
      readonly changes: readonly { readonly path: readonly string[]; readonly value?: unknown | undefined }[];
      /** Say what would differ, and change nothing. */
      readonly dryRun?: boolean | undefined;
    };
    readonly answer: Applied | Verdict;
  };
  /** What the configuration may be, as JSON Schema. */
  "GET /config/schema": {
    readonly answer: {
      readonly type: "object";
      /** The sections, each a JSON Schema. */
      readonly properties: Readonly<Record<string, unknown>>;
      readonly [name: string]: unknown;
    };
  };
  /** What the file said before changes that were made here, the newest first. */
  "GET /config/versions": { readonly answer: { readonly items: readonly ConfigVersion[] } };
  /** Whether a text could be the configuration, and what would differ; nothing is changed. */
  "POST /config/check": {
    readonly body: {
      readonly text: string;
      /** Names a text: changes are made to the one that was seen. */
      readonly revision?: string | undefined;
    };
    readonly answer: Verdict;
  };
  /** Make an earlier text the configuration again. */
  "POST /config/rollback": {
    readonly body: {
      /** Names a text: changes are made to the one that was seen. */
      readonly revision: string;
    };
    readonly answer: Applied;
  };
  /** This API, as OpenAPI 3.1. */
  "GET /openapi.json": {
    readonly answer: {
      readonly openapi: string;
      readonly info: Readonly<Record<string, unknown>>;
      readonly paths: Readonly<Record<string, unknown>>;
      readonly components: Readonly<Record<string, unknown>>;
      readonly [name: string]: unknown;
    };
  };
};
