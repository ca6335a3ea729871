import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerClock } from "../src/clock";

test("no ping, no mapping", () => assert.equal(new ServerClock().mapping(0), null));

test("the quickest ping wins and bounds the error by half its round trip", () => {
  const clock = new ServerClock();
  clock.add(1000, 51_030, 1040); // 40 ms there and back, slow on the way there
  clock.add(2000, 52_001, 2002); // 2 ms
  clock.add(3000, 53_001, 3030); // 30 ms
  const mapping = clock.mapping(3030);
  assert.equal(mapping?.offsetMs, 50_000);
  assert.ok(mapping && mapping.uncertaintyMs > 1 && mapping.uncertaintyMs < 1.1);
});

test("an old ping loses certainty to drift until a newer one is better", () => {
  const clock = new ServerClock();
  clock.add(0, 100, 1);
  clock.add(60_000, 60_103, 60_004);
  assert.equal(clock.mapping(60_004)?.offsetMs, 101);
});

test("a ping that came back before it was sent is no ping", () => {
  const clock = new ServerClock();
  clock.add(10, 500, 9);
  assert.equal(clock.mapping(10), null);
});
