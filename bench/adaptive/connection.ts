import type { Random } from "./random.ts";

/** A path through a network, as a connection meets it. */
export type Path = {
  /** Bits per second at a time. */
  readonly rateAt: (atMs: number) => number;
  readonly rttMs: number;
  readonly queueBytes: number;
  readonly loss: number;
};

type Packet = { readonly size: number; isReceived: boolean; isAcknowledged: boolean };

/** One sending of a packet; it may take several. */
type Sending = { readonly packet: Packet; readonly order: number; readonly sentMs: number };

const segmentBytes = 1_448;

/**
 * A TCP connection over a path, packet by packet: a bounded kernel queue, a congestion window that grows and shrinks, one queue at the narrowest place, loss,
 * sending again, delivery in order. Left out: the receiver's window, delayed acknowledgements, pacing.
 */
export class Connection {
  /** Bytes that have reached the other side, in order. */
  received = 0;
  /** Bytes of which the kernel knows that, and for how long there was anything of which it did not: `tcpi_bytes_acked`, `tcpi_busy_time`. */
  acknowledged = 0;
  busyMs = 0;
  /** The shortest that it has had, `tcpi_min_rtt`. */
  roundTripMs = Number.POSITIVE_INFINITY;
  readonly #path: Path;
  readonly #random: Random;
  readonly #kernelBytes: number;
  readonly #isSelective: boolean;
  #unsent = 0;
  #isFull = false;
  readonly #packets: Packet[] = [];
  #nextInOrder = 0;
  #flight: Sending[] = [];
  #inFlight = 0;
  #again: Packet[] = [];
  #order = 0;
  #window = 10 * segmentBytes;
  #threshold = Number.POSITIVE_INFINITY;
  #recoverUntil = -1;
  #windowBefore = 0;
  #timeoutOrder = -1;
  #lastHeardMs = 0;
  #smoothRtt = 0;
  #patience = 1;
  readonly #queue: Sending[] = [];
  #queued = 0;
  #credit = 0;
  readonly #onTheWay: { readonly atMs: number; readonly sending: Sending }[] = [];
  readonly #answers: { readonly atMs: number; readonly sending: Sending }[] = [];
  #accepted = 0;
  #nextAcknowledged = 0;

  /** `isSelective`: what came after a lost packet counts as acknowledged too. */
  constructor(path: Path, random: Random, kernelBytes: number, isSelective: boolean) {
    this.#path = path;
    this.#random = random;
    this.#kernelBytes = kernelBytes;
    this.#isSelective = isSelective;
  }

  /** How much of this the kernel takes now. A full kernel takes nothing until half of what it keeps has gone. */
  take(bytes: number): number {
    if (this.#isFull && this.#unsent > this.#kernelBytes / 2) return 0;
    const taken = Math.min(bytes, Math.max(0, this.#kernelBytes - this.#unsent));
    this.#isFull = taken < bytes;
    this.#unsent += taken;
    this.#accepted += taken;
    return taken;
  }

  /** What the kernel has and the other side has not acknowledged. */
  get unacknowledged(): number {
    return this.#accepted - this.acknowledged;
  }

  /** Lets `stepMs` pass, up to `atMs`. */
  step(atMs: number, stepMs: number): void {
    for (let answer = this.#answers[0]; answer && answer.atMs <= atMs; answer = this.#answers[0]) {
      this.#answers.shift();
      this.#acknowledge(answer.sending, atMs);
    }
    if (this.unacknowledged > 0) this.busyMs += stepMs;
    this.#checkTimeout(atMs);
    this.#send(atMs);
    this.#serve(atMs, stepMs);
    for (let next = this.#onTheWay[0]; next && next.atMs <= atMs; next = this.#onTheWay[0]) {
      this.#onTheWay.shift();
      this.#receive(next.sending, atMs);
    }
  }

  #send(atMs: number): void {
    while (this.#inFlight < this.#window) {
      const packet = this.#nextPacket();
      if (!packet) return;
      this.#transmit(packet, atMs);
    }
  }

  #nextPacket(): Packet | undefined {
    for (let packet = this.#again.shift(); packet; packet = this.#again.shift()) {
      if (!packet.isAcknowledged) return packet;
    }
    if (this.#unsent <= 0) return undefined;
    const packet = { size: Math.min(segmentBytes, this.#unsent), isReceived: false, isAcknowledged: false };
    this.#unsent -= packet.size;
    this.#packets.push(packet);
    return packet;
  }

  #transmit(packet: Packet, atMs: number): void {
    if (this.#inFlight === 0) this.#lastHeardMs = atMs;
    const sending = { packet, order: this.#order++, sentMs: atMs };
    this.#flight.push(sending);
    this.#inFlight += packet.size;
    if (this.#queued + packet.size > this.#path.queueBytes || this.#random.next() < this.#path.loss) return;
    this.#queue.push(sending);
    this.#queued += packet.size;
  }

  #serve(atMs: number, stepMs: number): void {
    this.#credit += (this.#path.rateAt(atMs) * stepMs) / 8_000;
    for (let head = this.#queue[0]; head && head.packet.size <= this.#credit; head = this.#queue[0]) {
      this.#queue.shift();
      this.#credit -= head.packet.size;
      this.#queued -= head.packet.size;
      this.#onTheWay.push({ atMs: atMs + this.#path.rttMs / 2, sending: head });
    }
    if (this.#queue.length === 0) this.#credit = 0;
  }

  #receive(sending: Sending, atMs: number): void {
    sending.packet.isReceived = true;
    for (let next = this.#packets[this.#nextInOrder]; next?.isReceived; next = this.#packets[this.#nextInOrder]) {
      this.received += next.size;
      this.#nextInOrder++;
    }
    this.#answers.push({ atMs: atMs + this.#path.rttMs / 2, sending });
  }

  #acknowledge(sending: Sending, atMs: number): void {
    const { packet } = sending;
    const rtt = atMs - sending.sentMs;
    this.#smoothRtt = this.#smoothRtt === 0 ? rtt : this.#smoothRtt + (rtt - this.#smoothRtt) / 8;
    this.roundTripMs = Math.min(this.roundTripMs, rtt);
    this.#lastHeardMs = atMs;
    this.#patience = 1;
    if (sending.order <= this.#timeoutOrder) this.#undoTimeout();
    // As CUBIC's slow start in Linux ends (HyStart): when a queue begins to show.
    if (rtt > this.roundTripMs * 1.125 + 16) this.#threshold = Math.min(this.#threshold, this.#window);
    const isNew = !packet.isAcknowledged;
    const wasFull = this.#inFlight > this.#window / 2;
    packet.isAcknowledged = true;
    this.#settle(sending);
    if (!isNew) return;
    if (this.#isSelective) this.acknowledged += packet.size;
    else this.#acknowledgeInOrder();
    if (wasFull && sending.order > this.#recoverUntil) this.#grow(packet.size);
  }

  #acknowledgeInOrder(): void {
    for (let next = this.#packets[this.#nextAcknowledged]; next?.isAcknowledged; ) {
      this.acknowledged += next.size;
      next = this.#packets[++this.#nextAcknowledged];
    }
  }

  /** What was sent before it and has not been answered is lost: the path keeps the order. */
  #settle(sending: Sending): void {
    let isLossy = false;
    let count = 0;
    for (const each of this.#flight) {
      if (each.order > sending.order) break;
      count++;
      this.#inFlight -= each.packet.size;
      if (each.packet.isAcknowledged) continue;
      this.#again.push(each.packet);
      isLossy = true;
    }
    this.#flight.splice(0, count);
    if (!isLossy || sending.order <= this.#recoverUntil) return;
    this.#recoverUntil = this.#order;
    this.#threshold = Math.max(this.#window * 0.7, 2 * segmentBytes);
    this.#window = this.#threshold;
  }

  #grow(bytes: number): void {
    if (this.#window < this.#threshold) this.#window += bytes;
    else this.#window += Math.max(1, (2 * segmentBytes * bytes) / this.#window);
  }

  #checkTimeout(atMs: number): void {
    if (this.#inFlight === 0) return;
    const patience = Math.max(200 + this.#path.rttMs, this.#smoothRtt * 1.5) * this.#patience;
    if (atMs - this.#lastHeardMs < patience) return;
    this.#lastHeardMs = atMs;
    this.#patience = Math.min(this.#patience * 2, 16);
    if (this.#timeoutOrder < 0) this.#windowBefore = this.#window;
    this.#timeoutOrder = this.#order - 1;
    this.#again = [...this.#flight.map(({ packet }) => packet), ...this.#again];
    this.#flight = [];
    this.#inFlight = 0;
    this.#threshold = Math.max(this.#windowBefore / 2, 2 * segmentBytes);
    this.#window = segmentBytes;
  }

  /** An answer to what was sent before the time ran out: the path was only slow (RFC 5682). */
  #undoTimeout(): void {
    this.#window = Math.max(this.#window, this.#windowBefore);
    this.#threshold = Math.max(this.#threshold, this.#windowBefore);
    this.#timeoutOrder = -1;
  }
}
