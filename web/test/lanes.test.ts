import assert from "node:assert/strict";
import { test } from "node:test";
import { AudioClock } from "../src/ear";
import { Lanes, loudness, talk } from "../src/lanes";
import { columnAt, columnsOf, stretch } from "../src/timeline";

/** A call: each letter is 100 ms: c caller speaks, a agent, b both, . nobody. */
function call(script: string): Lanes {
  const lanes = new Lanes();
  let nowMs = 5000;
  for (const letter of script) {
    for (let hop = 0; hop < 10; hop += 1) lanes.push((nowMs += 10), "cb".includes(letter) ? 0.2 : 0, "ab".includes(letter) ? 0.2 : 0);
  }
  return lanes;
}

test("who spoke how long, and both at once", () => {
  const lanes = call("....aaaaaaaa....cccccc....aaaabbbcc....");
  assert.deepEqual(talk(lanes), { callerMs: 1080, agentMs: 1480, overlapMs: 290 });
  assert.equal(lanes.endMs - (lanes.startMs ?? 0), 3900);
});

test("hops that were never told become silence, so both lanes stay in time", () => {
  const lanes = call("aaa");
  lanes.push(5800 + 10, 0, 0.2);
  assert.equal(lanes.agent.count, 81);
  assert.equal(lanes.endMs, 5810);
});

test("in a call the timeline follows the end, afterwards it shows all", () => {
  assert.deepEqual(stretch(3000, 100, false), { from: 2500, hopsPerColumn: 5, columns: 100 });
  assert.deepEqual(stretch(3000, 100, true), { from: 0, hopsPerColumn: 30, columns: 100 });
  assert.deepEqual(stretch(40, 100, true), { from: 0, hopsPerColumn: 5, columns: 100 });
});

test("a column is as loud as its loudest hop", () => {
  const shown = stretch(30, 6, false);
  const columns = columnsOf(call("aac"), shown);
  assert.deepEqual(columns.map(({ caller, agent }) => [caller > 0, agent > 0]), [[false, true], [false, true], [false, true], [false, true], [true, false], [true, false]]);
  assert.equal(columnAt(5200, 5000, shown), 4);
});

test("loudness for eyes runs from -60 dB to full scale", () => {
  assert.equal(loudness(-100), 0);
  assert.equal(loudness(-30), 0.5);
  assert.equal(loudness(3), 1);
});

test("the audio clock believes the earliest message and survives a standstill", () => {
  const clock = new AudioClock();
  clock.map(0, 1030);
  assert.equal(clock.map(10, 1015), 1015);
  assert.ok(Math.abs(clock.map(20, 1060) - 1025) < 0.01, "a late message does not shift the clock");
  let mapped = 0;
  for (let hop = 1; hop <= 60; hop += 1) mapped = clock.map(20 + hop * 10, 9000 + hop * 10);
  assert.equal(mapped, 9600);
});
