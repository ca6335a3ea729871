import assert from "node:assert/strict";
import { test } from "node:test";
import { agentVad, callerVad, decibels, merged, Vad } from "../src/vad";

/** Feeds stretches of [ms, dB] to a VAD, hop by hop, from time 0. */
function feed(vad: Vad, ...stretches: [number, number][]): void {
  let nowMs = 0;
  for (const [ms, db] of stretches) {
    for (const endMs = nowMs + ms; nowMs < endMs; ) vad.push((nowMs += 10), db);
  }
}

test("speech is dated from the middle of its first hop to that of its last", () => {
  const vad = new Vad(agentVad);
  feed(vad, [500, -100], [800, -20], [500, -100]);
  assert.deepEqual(vad.bursts, [{ startMs: 505, endMs: 1295 }]);
});

test("two loud hops are a click, three are an onset", () => {
  const vad = new Vad(agentVad);
  feed(vad, [100, -100], [20, -10], [100, -100]);
  assert.deepEqual(vad.bursts, []);
  feed(vad, [30, -10]);
  assert.equal(vad.active, true);
});

test("between the thresholds nothing changes", () => {
  const vad = new Vad(agentVad);
  feed(vad, [100, -100], [200, -45]);
  assert.equal(vad.active, false);
  feed(vad, [50, -40], [300, -49]);
  assert.equal(vad.active, true);
});

test("a closure inside a word does not end it", () => {
  const vad = new Vad(agentVad);
  feed(vad, [300, -20], [30, -90], [300, -20], [200, -90]);
  assert.deepEqual(vad.bursts, [{ startMs: 5, endMs: 625 }]);
});

test("a caller in a noisy room is told from the room", () => {
  const vad = new Vad(callerVad);
  feed(vad, [20_000, -42]);
  const before = vad.bursts.length;
  feed(vad, [500, -20], [500, -42]);
  assert.equal(vad.bursts.length, before + 1);
  assert.equal(vad.active, false);
});

test("gaps of 300 ms or less belong to one utterance", () => {
  const runs = merged([{ startMs: 0, endMs: 100 }, { startMs: 400, endMs: 500 }, { startMs: 801, endMs: null }]);
  assert.deepEqual(runs, [{ startMs: 0, endMs: 500 }, { startMs: 801, endMs: null }]);
});

test("decibels of silence are a floor, not minus infinity", () => {
  assert.equal(decibels(0), -100);
  assert.equal(decibels(1), 0);
  assert.equal(Math.round(decibels(0.5)), -6);
});
