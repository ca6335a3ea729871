// Where the time of one answer went: one bar for each hop, on the page's clock.
//
// A hop starts when what it needs is there. Recognising and preparing go on in the caller's pause while endpointing still waits, so bars
// overlap: a bar is drawn where its work was done. The way back from the first sound, always through the hop that was waited for, is the
// critical path; what is not on it was hidden in the pause and cost the caller nothing.

/** The server's hops in the order of `agent/events.py`, and what each needs. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  speech_ended: [],
  pause_seen: ["speech_ended"],
  recognised: ["pause_seen"],
  // Begun on a guess as soon as the words are there, or again once the turn is over.
  reply_begun: ["recognised", "turn_over"],
  reply_ready: ["reply_begun", "recognised"],
  turn_over: ["pause_seen"],
  audio_sent: ["turn_over", "reply_ready"],
  audio_played: ["audio_sent"],
  heard: ["audio_played"],
};

const LABELS: Readonly<Record<string, string>> = {
  speech_ended: "Voice arrived",
  pause_seen: "Pause seen",
  recognised: "Words recognised",
  reply_begun: "Reply begun",
  reply_ready: "Reply ready",
  turn_over: "Turn over",
  audio_sent: "First audio sent",
  audio_played: "On the line",
  heard: "First audio heard",
};

/** Stamps this close were taken at the same moment. */
const SAME_MS = 0.5;

export interface Bar {
  hop: string;
  label: string;
  /** Milliseconds from the waterfall's origin; may be negative (work that was done before the end of speech). */
  startMs: number;
  /** Before the start only where the server dates the end of speech earlier than this page does. */
  endMs: number;
  /** The answer waited for this hop; the others ran in its shadow. */
  waitedFor: boolean;
  /** Of the hops that were waited for, the one that took longest. */
  longest: boolean;
}

export interface Waterfall {
  bars: Bar[];
  fromMs: number;
  toMs: number;
}

/**
 * Lays out the bars of an answer.
 *
 * @param stamps hop → page ms; hops that did not happen are absent.
 * @param originMs page ms of the zero: end of speech, or the sending of a text.
 * @param heardMs page ms of the first sound heard here, if it was.
 */
export function layOut(stamps: Readonly<Record<string, number>>, originMs: number, heardMs: number | null): Waterfall {
  const at = new Map<string, number>();
  for (const hop of Object.keys(NEEDS)) {
    const ms = hop === "heard" ? heardMs : stamps[hop];
    if (typeof ms === "number") at.set(hop, ms - originMs);
  }
  const waited = criticalPath(at);
  const bars: Bar[] = [];
  for (const [hop, endMs] of at) {
    const label = LABELS[hop] ?? hop;
    const startMs = hop === "speech_ended" ? 0 : Math.min(cause(hop, at)?.ms ?? 0, endMs);
    if (hop === "reply_begun" && endMs - startMs < 1) continue;
    bars.push({ hop, label, startMs, endMs, waitedFor: waited.has(hop), longest: false });
  }
  const longest = bars.filter((bar) => bar.waitedFor).sort((a, b) => length(b) - length(a))[0];
  if (longest) longest.longest = true;
  const edges = bars.flatMap((bar) => [bar.startMs, bar.endMs]);
  return { bars, fromMs: Math.min(0, ...edges), toMs: Math.max(1, ...edges) };
}

export function length(bar: Bar): number {
  return bar.endMs - bar.startMs;
}

/** The hop that this one waited for: the latest of those it needs that were there before it, looking past needs that did not happen. */
function cause(hop: string, at: ReadonlyMap<string, number>): { hop: string; ms: number } | null {
  const ownMs = at.get(hop) ?? Infinity;
  let latest: { hop: string; ms: number } | null = null;
  for (const need of NEEDS[hop] ?? []) {
    const ms = at.get(need);
    const found = ms === undefined ? cause(need, at) : { hop: need, ms };
    if (found && found.ms <= ownMs + SAME_MS && (latest === null || found.ms >= latest.ms)) latest = found;
  }
  return latest;
}

function criticalPath(at: ReadonlyMap<string, number>): Set<string> {
  const path = new Set<string>();
  let hop = [...at.keys()].at(-1);
  while (hop !== undefined && !path.has(hop)) {
    path.add(hop);
    hop = cause(hop, at)?.hop;
  }
  return path;
}

/** Round numbers for an axis from `fromMs` to `toMs`, at most `most` of them. */
export function ticks(fromMs: number, toMs: number, most: number): number[] {
  const step = [20, 50, 100, 200, 500, 1000, 2000, 5000].find((size) => (toMs - fromMs) / size <= most) ?? 10000;
  const found: number[] = [];
  for (let index = Math.ceil(fromMs / step); index * step <= toMs; index += 1) found.push(index * step + 0);
  return found;
}
