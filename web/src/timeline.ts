// What the timeline shows: which stretch of the call, and for each column of pixels the loudest moment of both lanes. Pure; drawn by `view/timeline.ts`.

import type { Lanes } from "./lanes";
import { HOP_MS } from "./vad";

/** In a call a column is at least this long: a minute on a wide screen. */
const HOPS_PER_COLUMN = 5;

export interface Stretch {
  /** Hop of the left edge. */
  from: number;
  hopsPerColumn: number;
  columns: number;
}

/** The stretch to show: in a call the last part at a fixed scale, afterwards the whole call. */
export function stretch(hops: number, columns: number, whole: boolean): Stretch {
  if (whole && hops > columns * HOPS_PER_COLUMN) return { from: 0, hopsPerColumn: Math.ceil(hops / columns), columns };
  // The left edge moves by whole columns, so that a bar keeps its hops and does not flicker.
  const end = Math.ceil(hops / HOPS_PER_COLUMN) * HOPS_PER_COLUMN;
  return { from: Math.max(0, end - columns * HOPS_PER_COLUMN), hopsPerColumn: HOPS_PER_COLUMN, columns };
}

export interface Column {
  caller: number;
  agent: number;
}

export function columnsOf(lanes: Lanes, { from, hopsPerColumn, columns }: Stretch): Column[] {
  return Array.from({ length: columns }, (_, column) => {
    const start = from + column * hopsPerColumn;
    return { caller: lanes.caller.peak(start, start + hopsPerColumn), agent: lanes.agent.peak(start, start + hopsPerColumn) };
  });
}

/** The column (with fractions) where a page time stands. */
export function columnAt(ms: number, startMs: number, { from, hopsPerColumn }: Stretch): number {
  return ((ms - startMs) / HOP_MS - from) / hopsPerColumn;
}
