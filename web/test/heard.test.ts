import assert from "node:assert/strict";
import { test } from "node:test";
import { hear, summarise, type Answer } from "../src/heard";

const spoken: Answer = { question: { kind: "speech" }, firstTextAtMs: 2300, playedAtMs: null, speechEndedAtMs: null, notBeforeMs: -Infinity };
const caller = [{ startMs: 500, endMs: 1500 }, { startMs: 1600, endMs: 2000 }];

test("latency runs from the caller's last sound to the agent's first", () => {
  const heard = hear(spoken, caller, [{ startMs: 2400, endMs: 3000 }]);
  assert.deepEqual(heard, { kind: "speech", ms: 400, onsetMs: 2400, fromMs: 2000 });
});

test("nothing is told before the agent sounds, or while the caller still does", () => {
  assert.equal(hear(spoken, caller, []), null);
  assert.equal(hear(spoken, [{ startMs: 500, endMs: null }], [{ startMs: 2400, endMs: null }]), null);
});

test("an onset inside the caller's turn is negative, not quick", () => {
  const heard = hear(spoken, [{ startMs: 500, endMs: 2700 }], [{ startMs: 2400, endMs: 3000 }]);
  assert.equal(heard?.ms, -300);
});

test("the greeting that still sounds is not the answer", () => {
  const agent = [{ startMs: 100, endMs: 2100 }, { startMs: 2600, endMs: 3000 }];
  assert.equal(hear({ ...spoken, firstTextAtMs: 2500, notBeforeMs: 100 }, caller, agent)?.ms, 600);
});

test("a gap inside the last answer is no new onset", () => {
  const agent = [{ startMs: 1900, endMs: 2200 }, { startMs: 2350, endMs: 2500 }];
  assert.equal(hear({ ...spoken, notBeforeMs: 1900 }, caller, agent), null);
});

test("with the server's stamps the end that it means is measured, not the noise after it", () => {
  const breath = [...caller, { startMs: 2250, endMs: 2350 }];
  const stamped = { ...spoken, playedAtMs: 2370, speechEndedAtMs: 2050 };
  assert.equal(hear(stamped, breath, [{ startMs: 2400, endMs: null }])?.ms, 400);
});

test("with the server's stamps an onset right after a stopped utterance counts", () => {
  const agent = [{ startMs: 1000, endMs: 2250 }, { startMs: 2400, endMs: null }];
  assert.equal(hear({ ...spoken, playedAtMs: 2390, notBeforeMs: 1000 }, caller, agent)?.ms, 400);
});

test("typed text is measured from its sending, the greeting from the connection", () => {
  const agent = [{ startMs: 2400, endMs: null }];
  assert.equal(hear({ ...spoken, question: { kind: "typed", sentAtMs: 2150 } }, [], agent)?.ms, 250);
  assert.equal(hear({ ...spoken, question: { kind: "greeting", connectedAtMs: 2000 } }, [], agent)?.ms, 400);
});

test("a typed question that interrupts is not answered by the end of what it interrupted", () => {
  const agent = [{ startMs: 1000, endMs: 2040 }, { startMs: 2080, endMs: 2170 }, { startMs: 2190, endMs: 2195 }, { startMs: 2280, endMs: null }];
  const typed: Answer = { ...spoken, question: { kind: "typed", sentAtMs: 2150 }, playedAtMs: 2250, notBeforeMs: 1000 };
  assert.equal(hear(typed, [], agent)?.ms, 130);
  assert.equal(hear({ ...typed, playedAtMs: 2160 }, [], agent)?.ms, 40, "never from before it was sent");
});

test("last, median and p95", () => {
  assert.deepEqual(summarise([]), { count: 0, lastMs: null, medianMs: null, p95Ms: null });
  assert.deepEqual(summarise([500, 300, 400, 200]), { count: 4, lastMs: 200, medianMs: 350, p95Ms: 500 });
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(summarise(hundred).p95Ms, 95);
});
