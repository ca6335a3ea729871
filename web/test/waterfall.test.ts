import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut, ticks, type Bar } from "../src/waterfall";

const speculative = {
  speech_ended: 1010,
  pause_seen: 1074,
  recognised: 1212,
  reply_ready: 1243,
  turn_over: 1354,
  audio_sent: 1360,
  audio_played: 1380,
};

function bar(bars: Bar[], hop: string): Bar {
  const found = bars.find((one) => one.hop === hop);
  assert.ok(found, `no bar ${hop}`);
  return found;
}

test("speculative work is drawn where it was done, beside the wait that hid it", () => {
  const { bars } = layOut(speculative, 1000, 1400);
  assert.deepEqual([bar(bars, "recognised").startMs, bar(bars, "recognised").endMs], [74, 212]);
  assert.deepEqual([bar(bars, "turn_over").startMs, bar(bars, "turn_over").endMs], [74, 354]);
  assert.equal(bar(bars, "recognised").waitedFor, false);
  assert.equal(bar(bars, "reply_ready").waitedFor, false);
  assert.equal(bar(bars, "turn_over").waitedFor, true);
});

test("the longest is looked for among what was waited for", () => {
  const { bars } = layOut(speculative, 1000, 1400);
  assert.deepEqual(bars.filter((one) => one.longest).map((one) => one.hop), ["turn_over"]);
});

test("without speculation the reply is what was waited for", () => {
  const late = { ...speculative, turn_over: 1200, recognised: 1240, reply_ready: 1600, audio_sent: 1605, audio_played: 1610 };
  const { bars } = layOut(late, 1000, 1650);
  assert.equal(bar(bars, "reply_ready").longest, true);
  assert.equal(bar(bars, "turn_over").waitedFor, false);
  assert.equal(bar(bars, "audio_sent").startMs, 600);
});

test("every bar on the way adds up to what was heard", () => {
  const { bars } = layOut(speculative, 1000, 1400);
  const waited = bars.filter((one) => one.waitedFor).reduce((sum, one) => sum + one.endMs - one.startMs, 0);
  assert.equal(waited, 400);
});

test("a server that dates the end of speech before the page does: the first bar goes below zero, and they still add up", () => {
  const { bars, fromMs } = layOut(speculative, 1030, 1400);
  assert.deepEqual([bar(bars, "speech_ended").startMs, bar(bars, "speech_ended").endMs], [0, -20]);
  assert.equal(fromMs, -20);
  assert.equal(bars.filter((one) => one.waitedFor).reduce((sum, one) => sum + one.endMs - one.startMs, 0), 370);
});

test("a reply is drawn from where it was begun: on a guess in the pause, or once the turn is over", () => {
  const guessed = layOut({ ...speculative, reply_begun: 1212.25 }, 1000, 1400).bars;
  assert.equal(guessed.some((one) => one.hop === "reply_begun"), false, "at once: nothing to show");
  assert.equal(bar(guessed, "reply_ready").startMs, 212.25);
  const anew = layOut({ ...speculative, reply_begun: 1360, reply_ready: 1500, audio_sent: 1501, audio_played: 1510 }, 1000, 1520).bars;
  assert.deepEqual([bar(anew, "reply_begun").startMs, bar(anew, "reply_begun").endMs], [354, 360]);
  assert.equal(anew.filter((one) => one.waitedFor).reduce((sum, one) => sum + one.endMs - one.startMs, 0), 520);
});

test("a missing hop is looked past", () => {
  const { bars } = layOut({ reply_ready: 30, audio_sent: 34, audio_played: 50 }, 0, 70);
  assert.deepEqual(bars.map((one) => [one.hop, one.startMs]), [["reply_ready", 0], ["audio_sent", 30], ["audio_played", 34], ["heard", 50]]);
});

test("work that was done before its cause is a point, never negative", () => {
  const { bars, fromMs } = layOut({ ...speculative, recognised: 900 }, 1000, 1400);
  assert.deepEqual([bar(bars, "recognised").startMs, bar(bars, "recognised").endMs], [-100, -100]);
  assert.equal(fromMs, -100);
});

test("an axis has round ticks, zero among them", () => {
  assert.deepEqual(ticks(-40, 430, 6), [0, 100, 200, 300, 400]);
  assert.deepEqual(ticks(0, 1, 6), [0]);
});
