// Voice activity by energy, for one lane of the call: 10 ms hops, hysteresis, three hops to open. It serves the page's own
// estimate of latency and its timeline; nothing in the call depends on it.

export const HOP_MS = 10;
const OPEN_HOPS = 3;
const MERGE_GAP_MS = 300;
/** An open burst is closed after this much quiet: shorter than a gap between words, longer than a stop consonant's closure. */
const CLOSE_HOPS = 4;
const FLOOR_DB = -100;

export interface VadSettings {
  /** Never opens below this level, dB of full scale. */
  openDb: number;
  /** Closes this much below the opening level. */
  hysteresisDb: number;
  /** Opens this far above the background; 0: no background is expected (the agent's line is clean). */
  aboveFloorDb: number;
}

/** The thresholds of `antiphon.ear.signal`, so that the page's estimate and the reports mean the same edges. */
export const callerVad: VadSettings = { openDb: -42, hysteresisDb: 8, aboveFloorDb: 12 };
export const agentVad: VadSettings = { openDb: -42, hysteresisDb: 8, aboveFloorDb: 0 };

/** An edge lies somewhere inside its hop: in the middle, on average. */
const HALF_HOP_MS = HOP_MS / 2;

/** A stretch of sound. `endMs` is null while it lasts. Times are page milliseconds. */
export interface Burst {
  startMs: number;
  endMs: number | null;
}

export class Vad {
  /** Every stretch of sound, oldest first. */
  readonly bursts: Burst[] = [];
  private loudHops = 0;
  private quietHops = 0;
  private floorDb: number | null = null;

  constructor(private readonly settings: VadSettings) {}

  get active(): boolean {
    return this.last?.endMs === null;
  }

  /** Takes the level of the hop that ended at `endMs`. Returns whether activity changed. */
  push(endMs: number, levelDb: number): boolean {
    const level = Math.max(levelDb, FLOOR_DB);
    this.followFloor(level);
    const openDb = this.openingDb();
    if (!this.active) return this.maybeOpen(endMs, level >= openDb);
    return this.maybeClose(endMs, level < openDb - this.settings.hysteresisDb);
  }

  private maybeOpen(endMs: number, loud: boolean): boolean {
    this.loudHops = loud ? this.loudHops + 1 : 0;
    if (this.loudHops < OPEN_HOPS) return false;
    this.bursts.push({ startMs: endMs - this.loudHops * HOP_MS + HALF_HOP_MS, endMs: null });
    this.loudHops = 0;
    this.quietHops = 0;
    return true;
  }

  private maybeClose(endMs: number, quiet: boolean): boolean {
    this.quietHops = quiet ? this.quietHops + 1 : 0;
    const burst = this.last;
    if (this.quietHops < CLOSE_HOPS || burst === undefined) return false;
    burst.endMs = endMs - this.quietHops * HOP_MS - HALF_HOP_MS;
    return true;
  }

  private openingDb(): number {
    const { openDb, aboveFloorDb } = this.settings;
    if (aboveFloorDb === 0 || this.floorDb === null) return openDb;
    return Math.min(Math.max(openDb, this.floorDb + aboveFloorDb), -25);
  }

  /** The background is what stays: it is followed down at once, upwards slowly, and hardly at all during sound. A call begins with it. */
  private followFloor(level: number): void {
    this.floorDb ??= Math.min(level, -40);
    if (level < this.floorDb) this.floorDb += (level - this.floorDb) * 0.2;
    else this.floorDb += Math.min(level - this.floorDb, this.active ? 0.005 : 0.03);
  }

  private get last(): Burst | undefined {
    return this.bursts[this.bursts.length - 1];
  }
}

/** Bursts with gaps of 300 ms or less closed: what a listener takes for one utterance. */
export function merged(bursts: readonly Burst[]): Burst[] {
  const runs: Burst[] = [];
  for (const burst of bursts) {
    const last = runs[runs.length - 1];
    if (last && last.endMs !== null && burst.startMs - last.endMs <= MERGE_GAP_MS) last.endMs = burst.endMs;
    else runs.push({ ...burst });
  }
  return runs;
}

/** Decibels of full scale of a root mean square. */
export function decibels(rms: number): number {
  return rms > 0 ? Math.max(20 * Math.log10(rms), FLOOR_DB) : FLOOR_DB;
}
