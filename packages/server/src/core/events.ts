import type { MakingState } from "./making.ts";
import type { SessionFigures } from "./sessions.ts";
import type { StreamState } from "./stream.ts";

/** What happens in the server, for whoever wants to know. Names are the field's; nothing here is secret. event-catalogue.ts says it in words. */
export type ServerEvent =
  | { readonly kind: "server"; readonly state: "listening" | "stopping"; readonly version: string }
  | { readonly kind: "stream"; readonly stream: string; readonly state: StreamState }
  /** Its qualities are made, or not. `dropped`: pictures were left out of them, because there was no time; `eased`: less is made from now on; `resumed`: more again. */
  | {
      readonly kind: "transcoder";
      readonly stream: string;
      readonly state: MakingState | "dropped" | "eased" | "resumed";
      readonly reason: string;
    }
  /** A stream goes to another server or comes from there, or does so no more. */
  | {
      readonly kind: "relay";
      readonly relay: string;
      readonly direction: "push" | "pull";
      readonly stream: string;
      /** Without what may be secret of it. */
      readonly target: string;
      readonly state: "started" | "moved" | "lost" | "ended";
      readonly reason: string;
    }
  | {
      readonly kind: "session opened";
      readonly session: string;
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream: string;
    }
  | {
      readonly kind: "session ended";
      readonly session: string;
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream: string;
      readonly figures: SessionFigures;
      readonly reason: string;
    }
  /** A client has been asked to connect anew, here or elsewhere. */
  | {
      readonly kind: "session asked to move";
      readonly session: string;
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream: string;
      readonly reason: string;
    }
  /** The server lets nobody in any more and has those leave who are there; `sessions` are left. */
  | { readonly kind: "drain"; readonly state: "begun" | "undone" | "over"; readonly sessions: number }
  /** Somebody may not publish or watch. */
  | {
      readonly kind: "session refused";
      readonly protocol: string;
      readonly role: "publisher" | "viewer";
      readonly stream?: string;
      readonly rule: string;
    };

/** Tells every listener, at once and in order. Listeners are quick and do not throw; slow work has its own queue. */
export class Events {
  readonly #listeners = new Set<(event: ServerEvent) => void>();

  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
