// The latency that the caller heard, estimated from what this page sent and received.
//
// Both lanes are measured here, on the page's clock. The server's stamps, where they are known, only say *which* sounds belong to
// an answer; the times themselves are the page's. A value is signed: an onset inside the caller's turn is no quick answer.

import { merged, type Burst } from "./vad";

/** What an agent's segment answers. */
export type Question =
  | { kind: "speech" }
  | { kind: "typed"; sentAtMs: number }
  | { kind: "greeting"; connectedAtMs: number };

/** What is known of an answer, page milliseconds. */
export interface Answer {
  question: Question;
  firstTextAtMs: number;
  /** The server's `audio_played` and `speech_ended`, mapped to the page's clock; null when unknown. */
  playedAtMs: number | null;
  speechEndedAtMs: number | null;
  /** No sound before this belongs to the answer (the onset of the one before). */
  notBeforeMs: number;
}

export interface Heard {
  kind: Question["kind"];
  /** From the end of the caller's speech, the sending of the text, or the connection, to the agent's first sound. */
  ms: number;
  onsetMs: number;
  fromMs: number;
}

/** How far an answer's sound may seem to be ahead of its stamp: both clocks and the VAD's edge are a little uncertain. */
const LINE_BEFORE_MS = 50;
/** The line's way from the server to here: jitter buffer and decoding take some of it, a loss more. */
const LINE_AFTER_MS = 1500;
/** How far the text may be ahead of its sound, or behind it, when the server gave no stamps. */
const TEXT_BEFORE_MS = 5000;
const TEXT_AFTER_MS = 600;
/** The server's VAD and this one may date the end of speech this far apart. */
const END_TOLERANCE_MS = 800;

/** What was heard of this answer, or null as long as it can't be told. */
export function hear(answer: Answer, caller: readonly Burst[], agent: readonly Burst[]): Heard | null {
  const onsetMs = onset(answer, agent);
  if (onsetMs === null) return null;
  const { question } = answer;
  switch (question.kind) {
    case "greeting":
      return { kind: "greeting", ms: onsetMs - question.connectedAtMs, onsetMs, fromMs: question.connectedAtMs };
    case "typed":
      return { kind: "typed", ms: onsetMs - question.sentAtMs, onsetMs, fromMs: question.sentAtMs };
    case "speech": {
      const fromMs = endOfSpeech(answer.speechEndedAtMs, onsetMs, caller);
      return fromMs === null ? null : { kind: "speech", ms: onsetMs - fromMs, onsetMs, fromMs };
    }
  }
}

function onset(answer: Answer, agent: readonly Burst[]): number | null {
  const { question, playedAtMs, firstTextAtMs } = answer;
  // What the agent still said when the text was sent is no answer to it.
  const notBeforeMs = question.kind === "typed" ? Math.max(answer.notBeforeMs, question.sentAtMs) : answer.notBeforeMs;
  const [fromMs, toMs] =
    playedAtMs === null
      ? [firstTextAtMs - TEXT_AFTER_MS, firstTextAtMs + TEXT_BEFORE_MS]
      : [playedAtMs - LINE_BEFORE_MS, playedAtMs + LINE_AFTER_MS];
  // With a stamp the first sound after it is the onset, however short the silence before; without one only a fresh start counts.
  const starts = playedAtMs === null ? merged(agent) : agent;
  const first = starts.find((run) => run.startMs >= fromMs && run.startMs > notBeforeMs);
  return first && first.startMs <= toMs ? first.startMs : null;
}

function endOfSpeech(stampMs: number | null, onsetMs: number, caller: readonly Burst[]): number | null {
  if (stampMs !== null) {
    let nearest: number | null = null;
    for (const { endMs } of caller) {
      if (endMs === null || Math.abs(endMs - stampMs) > END_TOLERANCE_MS) continue;
      if (nearest === null || Math.abs(endMs - stampMs) <= Math.abs(nearest - stampMs)) nearest = endMs;
    }
    return nearest;
  }
  return merged(caller).findLast((run) => run.startMs < onsetMs)?.endMs ?? null;
}

export interface Summary {
  count: number;
  lastMs: number | null;
  medianMs: number | null;
  p95Ms: number | null;
}

/** Last, median and 95th percentile (nearest rank) of answers in the order they were heard. */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number): number | null => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  const medianMs = sorted.length % 2 === 0 && low !== undefined && high !== undefined ? (low + high) / 2 : (high ?? null);
  return { count: values.length, lastMs: values[values.length - 1] ?? null, medianMs, p95Ms: rank(0.95) };
}
