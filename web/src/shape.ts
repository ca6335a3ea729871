// The agent's shape, as numbers: a circle that breathes while listening, gathers while thinking and moves with the agent's real
// output level while speaking. Pure: time and level in, radii out; `view/shape.ts` draws them.

import type { AgentState } from "./protocol";

export type Pose = AgentState | "connecting" | "lost";

/** What a pose looks like; poses flow into each other. */
export interface Form {
  /** Resting radius, share of the largest. */
  size: number;
  /** Breathing: share of the radius, at about 12 breaths a minute. */
  breath: number;
  /** How far the level moves the outline. */
  swing: number;
  /** How much the outline wanders by itself. */
  ripple: number;
  /** How visible the sparks are that gather around a thinking agent. */
  gather: number;
  /** Opacity. */
  presence: number;
}

const FORMS: Readonly<Record<Pose, Form>> = {
  initializing: { size: 0.6, breath: 0.02, swing: 0, ripple: 0.01, gather: 0.5, presence: 0.55 },
  connecting: { size: 0.6, breath: 0.02, swing: 0, ripple: 0.01, gather: 0.5, presence: 0.55 },
  listening: { size: 0.68, breath: 0.045, swing: 0.12, ripple: 0.012, gather: 0, presence: 1 },
  thinking: { size: 0.54, breath: 0.012, swing: 0, ripple: 0.02, gather: 1, presence: 1 },
  speaking: { size: 0.66, breath: 0.01, swing: 0.34, ripple: 0.02, gather: 0, presence: 1 },
  lost: { size: 0.58, breath: 0.01, swing: 0, ripple: 0, gather: 0, presence: 0.3 },
};

const KEYS = ["size", "breath", "swing", "ripple", "gather", "presence"] as const;

export function formOf(pose: Pose): Form {
  return FORMS[pose];
}

/** One step from a form towards another; `share` 0…1 of the way. */
export function approach(from: Form, to: Form, share: number): Form {
  const form = { ...from };
  for (const key of KEYS) form[key] += (to[key] - from[key]) * share;
  return form;
}

/**
 * The outline: `count` radii around the circle, shares of the largest radius, all within 0…1.
 *
 * @param seconds any running time
 * @param level loudness 0…1
 * @param layer 0 for the core; outer layers lag behind and swing wider
 */
export function outline(form: Form, seconds: number, level: number, layer: number, count: number): number[] {
  const breath = form.breath * Math.sin((seconds * 2 * Math.PI) / 5 - layer * 0.35);
  const base = form.size + breath + form.swing * level * (0.35 + 0.3 * layer) + layer * 0.045;
  return Array.from({ length: count }, (_, index) => {
    const angle = (index / count) * 2 * Math.PI;
    const wander =
      Math.sin(3 * angle + seconds * 0.9 + layer * 1.7) * 0.5 +
      Math.sin(2 * angle - seconds * 1.3 + layer * 0.6) * 0.35 +
      Math.sin(5 * angle + seconds * 2.1 - layer) * 0.25;
    const amplitude = form.ripple + form.swing * level * 0.13;
    return Math.min(1, Math.max(0, base + wander * amplitude));
  });
}

/** Follows a level as an eye likes it: up quickly, down slowly. */
export function follow(shown: number, level: number, seconds: number): number {
  const rate = level > shown ? 30 : 7;
  return shown + (level - shown) * (1 - Math.exp(-rate * seconds));
}
