// The conversation as this page knows it: bubbles, tool cards and dividers in order. One model for every line; views only read it.

import type { Cut, ToolEnded, ToolStarted, Transcription, TurnTimed } from "./protocol";
import { hear, type Heard, type Question } from "./heard";
import type { Burst } from "./vad";

export interface Bubble {
  kind: "bubble";
  /** The segment's id; of typed text that was not confirmed yet, the chat's. */
  id: string;
  speaker: "caller" | "agent";
  text: string;
  /** Words that were prepared and cut off by an interruption: the caller never heard them. */
  unheard: string;
  final: boolean;
  typed: boolean;
  /** Page ms of its first words. */
  atMs: number;
  /** Page ms when typed text was sent. */
  sentAtMs: number | null;
  /** The server has it. False only for typed text on its way. */
  confirmed: boolean;
  turn: TurnTimed | null;
  heard: Heard | null;
  /** Typed question: from sending to the first text of the answer. */
  textMs: number | null;
}

export interface ToolCard {
  kind: "tool";
  id: string;
  name: string;
  arguments: Readonly<Record<string, unknown>>;
  output: string | null;
  isError: boolean;
  tookMs: number | null;
  atMs: number;
}

export interface Divider {
  kind: "divider";
  id: string;
  text: string;
  atMs: number;
}

export type Entry = Bubble | ToolCard | Divider;

export interface ConversationListener {
  /** An entry is new, has changed or has another place. */
  changed(entry: Entry): void;
  cleared(): void;
}

/** Maps a server stamp to page ms; null while the clocks are not tied. */
export type ToPage = (serverMs: number) => number | null;

export class Conversation {
  readonly entries: Entry[] = [];
  private connectedAtMs = 0;
  private dividers = 0;
  /** Entries of a call that was lost: a new one may use the same ids. */
  private readonly past = new WeakSet<Entry>();

  constructor(private readonly listener: ConversationListener) {}

  /** A new call: an empty sheet. */
  begin(nowMs: number): void {
    this.entries.length = 0;
    this.connectedAtMs = nowMs;
    this.listener.cleared();
  }

  connected(nowMs: number): void {
    this.connectedAtMs = nowMs;
  }

  /** Another call goes on where one was lost. */
  beginAnew(text: string, nowMs: number): void {
    for (const entry of this.entries) this.past.add(entry);
    this.connectedAtMs = nowMs;
    this.divide(text, nowMs);
  }

  /** What was typed and never reached the server; it leaves the sheet. */
  takeBack(): string {
    const lost = this.entries.filter((entry): entry is Bubble => entry.kind === "bubble" && !entry.confirmed);
    for (const entry of lost) {
      this.entries.splice(this.entries.indexOf(entry), 1);
      this.listener.changed(entry);
    }
    return lost.map((entry) => entry.text).join(" ");
  }

  divide(text: string, nowMs: number): void {
    this.dividers += 1;
    this.add({ kind: "divider", id: `divider-${this.dividers}`, text, atMs: nowMs });
  }

  /** The caller sent a text: it is shown at once, and confirmed when the server repeats it. */
  type(id: string, text: string, nowMs: number): void {
    this.add({ ...bubble(id, "caller", nowMs), text, typed: true, sentAtMs: nowMs, confirmed: false });
  }

  transcribe(message: Transcription, nowMs: number): void {
    const known = this.bubble(message.segmentId) ?? this.unconfirmed(message);
    if (known && !known.confirmed) this.confirm(known);
    if (known === undefined && message.text === "" && message.speaker === "caller" && message.final) return;
    const entry = known ?? bubble(message.segmentId, message.speaker, nowMs);
    const taken = !(entry.unheard !== "" && message.text !== entry.text);
    if (taken) entry.text = message.text;
    entry.id = message.segmentId;
    entry.final = message.final;
    entry.typed = entry.typed || message.typed;
    if (known === undefined) {
      this.entries.push(entry);
      if (entry.speaker === "agent") this.firstText(entry, nowMs);
    }
    if (entry.speaker === "caller" && entry.final && entry.text === "") this.entries.splice(this.entries.indexOf(entry), 1);
    this.listener.changed(entry);
  }

  cut(message: Cut, nowMs: number): void {
    const known = this.bubble(message.segmentId);
    const entry = known ?? bubble(message.segmentId, "agent", nowMs);
    if (known === undefined) this.entries.push(entry);
    entry.text = message.heard;
    entry.unheard = message.unheard;
    this.listener.changed(entry);
  }

  tool(message: ToolStarted | ToolEnded, nowMs: number): void {
    const known = this.entries.find((entry): entry is ToolCard => entry.kind === "tool" && entry.id === message.callId && !this.past.has(entry));
    const card: ToolCard = known ?? {
      kind: "tool",
      id: message.callId,
      name: message.name,
      arguments: {},
      output: null,
      isError: false,
      tookMs: null,
      atMs: nowMs,
    };
    if (message.phase === "started") card.arguments = message.arguments;
    else {
      card.output = message.output;
      card.isError = message.isError;
      card.tookMs = message.tookMs;
    }
    if (known === undefined) this.entries.push(card);
    this.listener.changed(card);
  }

  /** The server timed an answer: it knows which turn it answers, so a transcript that came late is put before it. */
  time(message: TurnTimed): void {
    const entry = this.bubble(message.segmentId);
    if (entry === undefined) return;
    // A segment that goes on after an interruption without words is timed again: its first sound is what was waited for.
    if (entry.turn?.stamps["audio_played"] === undefined) entry.turn = message;
    const asked = message.userSegmentId === "" ? undefined : this.bubble(message.userSegmentId);
    if (asked && this.entries.indexOf(asked) > this.entries.indexOf(entry)) {
      this.entries.splice(this.entries.indexOf(asked), 1);
      this.entries.splice(this.entries.indexOf(entry), 0, asked);
      this.listener.changed(asked);
    }
    this.listener.changed(entry);
  }

  /** Looks again for what was heard of the answers that have no measured latency yet, or got their stamps since. */
  measure(caller: readonly Burst[], agent: readonly Burst[], toPage: ToPage): void {
    let notBeforeMs = -Infinity;
    for (const entry of this.entries) {
      if (entry.kind !== "bubble" || entry.speaker !== "agent" || this.past.has(entry)) continue;
      const question = this.questionOf(entry);
      if (question) {
        const stamps = entry.turn?.stamps ?? {};
        const mapped = (hop: string): number | null => {
          const serverMs = stamps[hop];
          return serverMs === undefined ? null : toPage(serverMs);
        };
        const [playedAtMs, speechEndedAtMs] = [mapped("audio_played"), mapped("speech_ended")];
        const heard = hear({ question, firstTextAtMs: entry.atMs, playedAtMs, speechEndedAtMs, notBeforeMs }, caller, agent);
        if (heard && (heard.kind !== entry.heard?.kind || Math.abs(heard.ms - entry.heard.ms) > 0.5)) {
          entry.heard = heard;
          this.listener.changed(entry);
        }
      }
      notBeforeMs = entry.heard?.onsetMs ?? notBeforeMs;
    }
  }

  /** What an agent's segment answers; null for a second segment of the same answer. */
  questionOf(entry: Bubble): Question | null {
    const asked = entry.turn?.userSegmentId ? this.bubble(entry.turn.userSegmentId) : this.askedBefore(entry);
    if (asked === "greeting") return { kind: "greeting", connectedAtMs: this.connectedAtMs };
    if (asked === "more") return null;
    if (asked?.typed) return asked.sentAtMs === null ? null : { kind: "typed", sentAtMs: asked.sentAtMs };
    return { kind: "speech" };
  }

  /** Latencies of the spoken turns' answers, in order. */
  spokenLatencies(): number[] {
    return this.entries.flatMap((entry) => (entry.kind === "bubble" && entry.heard?.kind === "speech" ? [entry.heard.ms] : []));
  }

  bubble(id: string): Bubble | undefined {
    return this.entries.find((entry): entry is Bubble => entry.kind === "bubble" && entry.id === id && !this.past.has(entry));
  }

  private askedBefore(entry: Bubble): Bubble | "greeting" | "more" {
    for (let index = this.entries.indexOf(entry) - 1; index >= 0; index -= 1) {
      const before = this.entries[index];
      if (before && this.past.has(before)) break;
      if (before?.kind !== "bubble" || !before.confirmed) continue;
      return before.speaker === "caller" ? before : "more";
    }
    return "greeting";
  }

  private firstText(entry: Bubble, nowMs: number): void {
    const question = this.questionOf(entry);
    if (question?.kind === "typed") entry.textMs = nowMs - question.sentAtMs;
  }

  /** The server took a typed text: what the agent said since belongs before it. */
  private confirm(entry: Bubble): void {
    entry.confirmed = true;
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.entries.push(entry);
  }

  private unconfirmed(message: Transcription): Bubble | undefined {
    if (message.speaker !== "caller" || !message.typed) return undefined;
    return this.entries.find(
      (entry): entry is Bubble => entry.kind === "bubble" && entry.typed && !entry.confirmed && entry.text === message.text,
    );
  }

  private add(entry: Entry): void {
    this.entries.push(entry);
    this.listener.changed(entry);
  }
}

function bubble(id: string, speaker: Bubble["speaker"], nowMs: number): Bubble {
  return {
    kind: "bubble",
    id,
    speaker,
    text: "",
    unheard: "",
    final: false,
    typed: false,
    atMs: nowMs,
    sentAtMs: null,
    confirmed: true,
    turn: null,
    heard: null,
    textMs: null,
  };
}
