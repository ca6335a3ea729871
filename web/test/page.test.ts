import assert from "node:assert/strict";
import { test } from "node:test";
import { readAbout, unknown } from "../src/about";
import { withOwnAddress } from "../src/call";
import { mayMove, RETRY_MS, type PhoneState } from "../src/phone";
import { ending, replaced, told, words } from "../src/problems";
import { approach, follow, formOf, outline, type Pose } from "../src/shape";
import { action } from "../src/shortcuts";
import { shared } from "../src/view/words";

test("a call moves only as its table allows", () => {
  const states: PhoneState[] = ["idle", "connecting", "live", "reconnecting", "ended"];
  const moves = states.flatMap((from) => states.filter((to) => mayMove(from, to)).map((to) => `${from} ${to}`));
  assert.deepEqual(moves, [
    "idle connecting", "connecting live", "connecting ended", "live reconnecting", "live ended", "reconnecting live", "reconnecting ended", "ended connecting",
  ]);
});

test("a hidden address is named where page and server share a machine, and only there", () => {
  const line = "a=candidate:1 1 udp 2113937151 4f6e-8a1b.local 51234 typ host generation 0";
  const sdp = `v=0\r\n${line}\r\na=mid:0\r\n`;
  const named = "a=candidate:1 1 udp 2113937151 127.0.0.1 51234 typ host generation 0";
  assert.equal(withOwnAddress(sdp, "127.0.0.1"), sdp.replace(line, named));
  assert.equal(withOwnAddress(sdp, "localhost"), sdp.replace(line, named));
  assert.equal(withOwnAddress(sdp, "desk.example"), sdp);
  const plain = sdp.replace("4f6e-8a1b.local", "192.0.2.7");
  assert.equal(withOwnAddress(plain, "127.0.0.1"), plain);
});

test("a lost line is tried again at once, and for about a minute", () => {
  assert.ok((RETRY_MS[0] ?? 0) <= 300);
  const total = RETRY_MS.reduce((sum, ms) => sum + ms, 0);
  assert.ok(total > 45_000 && total < 90_000);
});

test("keys act on the page, never on somebody who types", () => {
  assert.equal(action(" ", "page"), "mute");
  assert.equal(action(" ", "control"), null);
  assert.equal(action(" ", "text"), null);
  assert.equal(action("/", "page"), "focusText");
  assert.equal(action("/", "text"), null);
  assert.equal(action("Escape", "control"), "hangUp");
  assert.equal(action("Escape", "text"), "leaveText");
  assert.equal(action("a", "page"), null);
});

test("every failure is one sentence with one button, and the server's words win", () => {
  for (const code of ["mic_denied", "mic_missing", "mic_busy", "mic_insecure", "busy", "no_agent", "server_gone", "line_lost", "no_webrtc", "unauthorised", "mic_stopped", "page_broke"] as const) {
    const { sentence, button } = words(code);
    assert.match(sentence, /^[A-Z].*\.$/);
    assert.ok(button.length > 0 && button.length < 20);
  }
  assert.match(replaced("Headset").sentence, /Headset/);
  assert.equal(words("busy", "Try at noon.").sentence, "Try at noon.");
  assert.equal(told("x", "", true).remedy, "call");
  assert.equal(told("x", "Hm.", false).remedy, "dismiss");
  assert.notEqual(ending("shutdown"), ending("agent"));
});

test("what the server does not say of itself has a default", () => {
  assert.deepEqual(readAbout({}), unknown);
  const about = readAbout({ name: "Blue Door", line: "direct", voice: 7, try_saying: ["a", "b", 3, "c", "d"] });
  assert.deepEqual(about, { name: "Blue Door", parts: ["direct"], trySaying: ["a", "b", "c"], livekit: false });
});

test("words that stand already are kept", () => {
  assert.equal(shared(["a", "table"], ["a", "table", "for"]), 2);
  assert.equal(shared(["a", "fable"], ["a", "table"]), 1);
  assert.equal(shared([], ["a"]), 0);
});

test("the shape stays inside its canvas in every pose and at every level", () => {
  const poses: Pose[] = ["initializing", "connecting", "listening", "thinking", "speaking", "lost"];
  for (const pose of poses) {
    for (const level of [0, 0.5, 1]) {
      for (let seconds = 0; seconds < 12; seconds += 0.7) {
        for (const layer of [0, 1, 2]) {
          const radii = outline(formOf(pose), seconds, level, layer, 24);
          assert.ok(radii.every((radius) => radius > 0.3 && radius <= 1), `${pose} ${level} ${seconds} ${layer}`);
        }
      }
    }
  }
});

test("a speaking shape grows with the level, a thinking one is smaller than a listening one", () => {
  const mean = (pose: Pose, level: number): number => outline(formOf(pose), 1, level, 0, 36).reduce((sum, r) => sum + r, 0) / 36;
  assert.ok(mean("speaking", 0.8) > mean("speaking", 0.1) + 0.05);
  assert.ok(mean("thinking", 0) < mean("listening", 0));
});

test("poses flow, levels rise quickly and fall slowly", () => {
  assert.deepEqual(approach(formOf("thinking"), formOf("speaking"), 1), formOf("speaking"));
  assert.ok(follow(0, 1, 0.033) > 0.5);
  assert.ok(follow(1, 0, 0.033) > 0.7);
});
