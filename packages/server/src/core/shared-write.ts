import { closeSync, writevSync } from "node:fs";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import { isIdle, writePieces } from "./direct-write.ts";

/** The system calls that Node does not have. */
type Kernel = {
  /** Memory with a file descriptor. */
  memfd(): number;
  /** Sends that memory's first bytes, as many as the socket takes; negative where it takes none. */
  send(socket: number, memory: number, bytes: number): number;
};

/** Less is written as quickly as it is shared. */
const leastBytes = 16 * 1024;
/** More is not kept at a time: it is memory, and each has a file descriptor. */
const mostBytes = 64 * 1024 * 1024;
const mostOpen = 256;
/** An answer's head tells the second that it was sent in. */
const goodMs = 1_000;

/** What goes out to many alike, within a second. */
export class SharedBytes {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  #memory: number | undefined;

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** They are where the kernel can send them from. */
  get isKept(): boolean {
    return this.#memory !== undefined;
  }

  /** Puts the bytes where the kernel can send them from, where it can. */
  keep(): void {
    if (this.length < leastBytes || this.length > mostBytes - keptBytes || kept.size >= mostOpen) return;
    const memory = (kernel ?? load())?.memfd() ?? -1;
    if (memory < 0) return;
    this.#memory = memory;
    kept.add(this);
    keptBytes += this.length;
    writevSync(memory, [...this.pieces], 0);
    setTimeout(() => this.#letGo(memory), goodMs).unref();
  }

  /** How many bytes the kernel has taken for the socket. */
  sendTo(socket: Socket): number {
    const { _handle: handle } = socket as { _handle?: { readonly fd?: number } | null };
    if (this.#memory === undefined || handle?.fd === undefined || handle.fd < 0) return 0;
    return Math.max(0, kernel?.send(handle.fd, this.#memory, this.length) ?? 0);
  }

  /** What is under way stays until it has arrived. */
  #letGo(memory: number): void {
    this.#memory = undefined;
    kept.delete(this);
    keptBytes -= this.length;
    closeSync(memory);
  }
}

const kept = new Set<SharedBytes>();
let keptBytes = 0;
let kernel: Kernel | undefined;
let isLoading = false;

/**
 * Writes what many get to one of them; `done` is called when the kernel has it, which may be before this returns. What is kept goes out from where it is: the kernel makes no copy of it for each, which
 * with hundreds of peers that are a little behind is memory that no cache holds. What an idle socket does not take goes through its stream, as does everything where this cannot be done.
 */
export function writeShared(socket: Writable, shared: SharedBytes, done: (error?: Error | null) => void): void {
  const sent = isIdle(socket) ? shared.sendTo(socket) : 0;
  if (sent >= shared.length) done();
  else writePieces(socket, sent === 0 ? shared.pieces : behind(shared.pieces, sent), done);
}

function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - rest.length;
    return rest.length > 0 ? [rest] : [];
  });
}

/** It is there the next time. */
function load(): undefined {
  if (isLoading || process.platform !== "linux") return;
  isLoading = true;
  openKernel().then(
    (opened) => {
      kernel = opened;
    },
    () => {}, // without koffi all is written as it always was
  );
}

async function openKernel(): Promise<Kernel> {
  const { default: koffi } = await import("koffi");
  const libc = koffi.load(null); // Node has it loaded
  const memfdCreate = libc.func("int memfd_create(const char *name, unsigned int flags)");
  const sendfile = libc.func("int64_t sendfile(int to, int from, void *offset, size_t count)");
  const closeOnExec = 1;
  /** Where it begins; the kernel writes there how far it has come. */
  const offset = new Int32Array(2);
  return {
    memfd: () => memfdCreate("sluice", closeOnExec),
    send: (socket, memory, bytes) => {
      offset.fill(0);
      return Number(sendfile(socket, memory, offset, bytes));
    },
  };
}
