// The two lanes of a call: every 10 ms the level of caller and agent, kept as a byte each (an hour is 0.7 MB), and their activity.

import { agentVad, callerVad, decibels, HOP_MS, merged, Vad, type Burst } from "./vad";

const QUIET_DB = -60;

export class Lane {
  readonly vad: Vad;
  private levels = new Uint8Array(6000);
  count = 0;

  constructor(settings: typeof callerVad) {
    this.vad = new Vad(settings);
  }

  push(endMs: number, db: number): boolean {
    this.append(db);
    return this.vad.push(endMs, db);
  }

  /** Silence for hops that the audio thread never told. */
  pad(hops: number): void {
    for (let hop = 0; hop < hops; hop += 1) this.append(-100);
  }

  /** The loudest hop of [from, to), 0…1. */
  peak(from: number, to: number): number {
    let peak = 0;
    for (let hop = Math.max(0, from); hop < Math.min(to, this.count); hop += 1) peak = Math.max(peak, this.levels[hop] ?? 0);
    return peak / 255;
  }

  private append(db: number): void {
    if (this.count === this.levels.length) {
      const grown = new Uint8Array(this.levels.length * 2);
      grown.set(this.levels);
      this.levels = grown;
    }
    this.levels[this.count] = Math.round(255 * loudness(db));
    this.count += 1;
  }
}

/** A level for eyes: 0 at -60 dB of full scale and below, 1 at full scale. */
export function loudness(db: number): number {
  return Math.min(1, Math.max(0, 1 - db / QUIET_DB));
}

export class Lanes {
  caller = new Lane(callerVad);
  agent = new Lane(agentVad);
  /** Page ms of the first hop's start; null before it. */
  startMs: number | null = null;

  reset(): void {
    this.caller = new Lane(callerVad);
    this.agent = new Lane(agentVad);
    this.startMs = null;
  }

  get endMs(): number {
    return this.startMs === null ? 0 : this.startMs + this.caller.count * HOP_MS;
  }

  /** Returns whether somebody began or ceased to sound. */
  push(endMs: number, callerRms: number, agentRms: number): boolean {
    if (this.startMs === null) this.startMs = endMs - HOP_MS;
    const missing = Math.round((endMs - HOP_MS - this.endMs) / HOP_MS);
    if (missing > 2) {
      this.caller.pad(missing);
      this.agent.pad(missing);
    }
    const caller = this.caller.push(endMs, decibels(callerRms));
    const agent = this.agent.push(endMs, decibels(agentRms));
    return caller || agent;
  }
}

export interface Talk {
  callerMs: number;
  agentMs: number;
  /** Both at once. */
  overlapMs: number;
}

/** How long each spoke, and both together. */
export function talk(lanes: Lanes): Talk {
  const callers = merged(lanes.caller.vad.bursts);
  const agents = merged(lanes.agent.vad.bursts);
  const end = (burst: Burst): number => burst.endMs ?? lanes.endMs;
  const sum = (bursts: Burst[]): number => bursts.reduce((total, burst) => total + end(burst) - burst.startMs, 0);
  return { callerMs: sum(callers), agentMs: sum(agents), overlapMs: overlaps(callers, agents, end).reduce((t, [from, to]) => t + to - from, 0) };
}

/** The stretches in which both speak. */
export function overlaps(a: readonly Burst[], b: readonly Burst[], end: (burst: Burst) => number): [number, number][] {
  const found: [number, number][] = [];
  for (const one of a) {
    for (const other of b) {
      const [from, to] = [Math.max(one.startMs, other.startMs), Math.min(end(one), end(other))];
      if (to > from) found.push([from, to]);
    }
  }
  return found;
}
