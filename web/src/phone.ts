// The life of a call, from "Talk" to "hang up": one state, one table of legal moves, and the tries to win a lost line back.

import { CallError, type Line, type LineListener } from "./call";
import { ServerClock } from "./clock";
import type { Incoming } from "./protocol";

export type PhoneState = "idle" | "connecting" | "live" | "reconnecting" | "ended";

const MOVES: Readonly<Record<PhoneState, readonly PhoneState[]>> = {
  idle: ["connecting"],
  connecting: ["live", "ended"],
  live: ["reconnecting", "ended"],
  reconnecting: ["live", "ended"],
  ended: ["connecting"],
};

export function mayMove(from: PhoneState, to: PhoneState): boolean {
  return MOVES[from].includes(to);
}

/** Pauses between tries to win a lost line back: quick at first, about a minute in all. */
export const RETRY_MS: readonly number[] = [200, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000];

const PING_MS = 1000;
/** The first pings come quickly, so that the clocks are tied before the first answer. */
const FIRST_PINGS = 5;
const FIRST_PING_MS = 120;
/** Silence of the data channel after which the line is given up: at once if the network says so too, later if it doesn't. */
const SILENT_TROUBLED_MS = 3000;
const SILENT_MS = 9000;
/** Silence of the data channel after which the caller is told that the line is interrupted. */
const FALTERING_MS = 1500;

export interface PhoneListener {
  moved(state: PhoneState, from: PhoneState): void;
  /** `faltering` has changed. */
  faltered(): void;
  message(message: Incoming): void;
  agentAudio(stream: MediaStream): void;
  /** The line stands. `again`: after a loss; `sameCall`: the agent still knows what was said. */
  connected(again: boolean, sameCall: boolean): void;
  failed(error: CallError): void;
}

export class Phone {
  state: PhoneState = "idle";
  /** Nothing has come from the server for a while; the line may come back by itself. */
  faltering = false;
  readonly clock = new ServerClock();
  private line: Line | null = null;
  private microphone: MediaStreamTrack | null = null;
  private pings = 0;
  /** When the oldest ping was sent that nothing has arrived after; null: none is open. */
  private askedAtMs: number | null = null;
  private pingTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly waiting: { id: string; text: string }[] = [];
  /** Grows with every call and hang-up, so that what an older one still has under way is dropped. */
  private round = 0;

  constructor(
    private readonly makeLine: (listener: LineListener) => Promise<Line>,
    private readonly listener: PhoneListener,
  ) {}

  get inCall(): boolean {
    return this.state === "connecting" || this.state === "live" || this.state === "reconnecting";
  }

  /** Starts a call, with a microphone or without one. */
  async call(microphone: MediaStreamTrack | null): Promise<void> {
    this.microphone = microphone;
    this.round += 1;
    this.clock.reset();
    this.move("connecting");
    const round = this.round;
    try {
      await this.connect("");
    } catch (error) {
      if (round === this.round) this.fail(error instanceof CallError ? error : new CallError("bad_answer", String(error)));
    }
  }

  /** Ends the call from this side, or after the server's word. */
  hangUp(): void {
    if (!this.inCall) return;
    this.stop();
    this.move("ended");
  }

  /** The page is going away: the server is told, nothing else changes. */
  leave(): void {
    this.line?.close();
  }

  /** Sends typed text, as soon as the line stands. */
  type(id: string, text: string): void {
    if (!this.line?.send({ topic: "lk.chat", id, text })) this.waiting.push({ id, text });
  }

  async setMicrophone(track: MediaStreamTrack | null): Promise<void> {
    this.microphone = track;
    await this.line?.setMicrophone(track);
  }

  private async connect(resume: string): Promise<void> {
    const round = this.round;
    const line: Line = await this.makeLine({
      message: (message) => this.take(message),
      agentAudio: (stream) => this.listener.agentAudio(stream),
      lost: () => this.lose(line),
    });
    if (round !== this.round) return line.close();
    this.line?.close();
    this.line = line;
    try {
      await line.open(this.microphone, resume);
    } catch (error) {
      line.close(resume === "");
      throw error;
    }
    if (round !== this.round) return line.close();
    const again = this.state === "reconnecting";
    this.move("live");
    this.pings = 0;
    this.askedAtMs = null;
    this.ping();
    this.listener.connected(again, resume !== "" && line.callId === resume);
    for (const chat of this.waiting.splice(0)) this.type(chat.id, chat.text);
  }

  private take(message: Incoming): void {
    this.askedAtMs = null;
    this.falter(false);
    if (message.topic === "antiphon.clock") this.clock.add(message.sentMs, message.serverMs, performance.now());
    else this.listener.message(message);
  }

  private ping(): void {
    clearTimeout(this.pingTimer);
    if (this.state !== "live") return;
    const nowMs = performance.now();
    const silentMs = this.askedAtMs === null ? 0 : nowMs - this.askedAtMs;
    if (!this.line?.mends && silentMs > (this.line?.troubled ? SILENT_TROUBLED_MS : SILENT_MS)) return this.lose(this.line);
    if (!this.line?.send({ topic: "antiphon.clock", id: `ping-${this.pings}`, sent_ms: nowMs })) return this.lose(this.line);
    this.askedAtMs ??= nowMs;
    this.falter(silentMs > FALTERING_MS);
    this.pings += 1;
    this.pingTimer = setTimeout(() => this.ping(), this.pings < FIRST_PINGS ? FIRST_PING_MS : PING_MS);
  }

  private falter(faltering: boolean): void {
    if (faltering === this.faltering) return;
    this.faltering = faltering;
    this.listener.faltered();
  }

  private lose(line: Line | null): void {
    if (line === null || line !== this.line || this.state !== "live") return;
    const resume = line.callId;
    this.line = null;
    clearTimeout(this.pingTimer);
    this.move("reconnecting");
    this.retry(resume, 0);
  }

  private retry(resume: string, attempt: number): void {
    const pauseMs = RETRY_MS[attempt];
    if (pauseMs === undefined) return this.fail(new CallError("line_lost"));
    const round = this.round;
    this.retryTimer = setTimeout(() => {
      this.connect(resume).catch((error: unknown) => {
        // The agent has left the room that was come back to: the next try is a new call.
        const next = error instanceof CallError && error.code === "no_agent" ? "" : resume;
        if (round === this.round && this.state === "reconnecting") this.retry(next, attempt + 1);
      });
    }, pauseMs);
  }

  private fail(error: CallError): void {
    this.stop();
    this.waiting.length = 0;
    this.move("ended");
    this.listener.failed(error);
  }

  private stop(): void {
    this.round += 1;
    clearTimeout(this.pingTimer);
    clearTimeout(this.retryTimer);
    this.line?.close();
    this.line = null;
  }

  private move(to: PhoneState): void {
    const from = this.state;
    this.faltering = false;
    if (!mayMove(from, to)) throw new Error(`a call cannot go from ${from} to ${to}`);
    this.state = to;
    this.listener.moved(to, from);
  }
}
