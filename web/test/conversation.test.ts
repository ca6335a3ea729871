import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Conversation, type Bubble, type Entry } from "../src/conversation";
import type { Transcription, TurnTimed } from "../src/protocol";

let talk: Conversation;
let changed: Entry[];

beforeEach(() => {
  changed = [];
  talk = new Conversation({ changed: (entry) => changed.push(entry), cleared: () => undefined });
  talk.begin(0);
});

function says(speaker: "caller" | "agent", segmentId: string, text: string, options: Partial<Transcription> = {}): Transcription {
  return { topic: "lk.transcription", segmentId, speaker, text, final: false, typed: false, ...options };
}

function timed(segmentId: string, userSegmentId: string, stamps: Record<string, number> = {}): TurnTimed {
  return { topic: "antiphon.turn", segmentId, userSegmentId, stamps, details: {} };
}

function texts(): string[] {
  return talk.entries.map((entry) => (entry.kind === "bubble" ? `${entry.speaker}: ${entry.text}` : entry.kind));
}

function bubble(id: string): Bubble {
  const found = talk.bubble(id);
  assert.ok(found);
  return found;
}

test("a segment grows in one bubble", () => {
  talk.transcribe(says("caller", "u1", "What"), 10);
  talk.transcribe(says("caller", "u1", "What are your hours?", { final: true }), 90);
  assert.deepEqual(texts(), ["caller: What are your hours?"]);
  assert.equal(bubble("u1").atMs, 10);
  assert.equal(bubble("u1").final, true);
});

test("a sound that turned out to have no words leaves nothing", () => {
  talk.transcribe(says("caller", "u1", "uh"), 10);
  talk.transcribe(says("caller", "u1", "", { final: true }), 20);
  talk.transcribe(says("caller", "u2", "", { final: true }), 30);
  assert.deepEqual(texts(), []);
});

test("a cut keeps heard and unheard apart, and a late transcript does not bring the unheard back", () => {
  talk.transcribe(says("agent", "a1", "We are open from five until eleven."), 10);
  talk.cut({ topic: "antiphon.cut", segmentId: "a1", heard: "We are open", unheard: "from five until eleven." }, 20);
  talk.transcribe(says("agent", "a1", "We are open from five until eleven.", { final: true }), 30);
  assert.equal(bubble("a1").text, "We are open");
  assert.equal(bubble("a1").unheard, "from five until eleven.");
});

test("a cut that is taken back lets the agent go on in the same bubble", () => {
  talk.transcribe(says("agent", "a1", "We are open from five."), 10);
  talk.cut({ topic: "antiphon.cut", segmentId: "a1", heard: "We are", unheard: "open from five." }, 20);
  talk.cut({ topic: "antiphon.cut", segmentId: "a1", heard: "We are", unheard: "" }, 30);
  talk.transcribe(says("agent", "a1", "We are open from five.", { final: true }), 40);
  assert.deepEqual(texts(), ["agent: We are open from five."]);
  assert.equal(bubble("a1").unheard, "");
});

test("typed text is shown once, found again by its id or by its words", () => {
  talk.type("chat-1", "Hello", 10);
  talk.transcribe(says("caller", "chat-1", "Hello", { typed: true, final: true }), 20);
  talk.type("chat-2", "Parking?", 30);
  talk.transcribe(says("caller", "item_9", "Parking?", { typed: true, final: true }), 40);
  assert.deepEqual(texts(), ["caller: Hello", "caller: Parking?"]);
  assert.equal(bubble("item_9").sentAtMs, 30);
});

test("text that was typed before the call follows the greeting that the server gave first", () => {
  talk.type("chat-1", "Hours?", 0);
  talk.connected(500);
  talk.transcribe(says("agent", "a1", "Good evening.", { final: true }), 600);
  talk.transcribe(says("caller", "chat-1", "Hours?", { typed: true, final: true }), 610);
  talk.transcribe(says("agent", "a2", "From five.", { final: true }), 700);
  assert.deepEqual(texts(), ["agent: Good evening.", "caller: Hours?", "agent: From five."]);
  assert.deepEqual(talk.questionOf(bubble("a1")), { kind: "greeting", connectedAtMs: 500 });
  assert.equal(bubble("a2").textMs, 700);
});

test("text that never reached the server is given back", () => {
  talk.type("chat-1", "Hours?", 0);
  assert.equal(talk.takeBack(), "Hours?");
  assert.deepEqual(texts(), []);
});

test("a tool's card lies where the call was made, and a second segment of an answer is no answer of its own", () => {
  talk.transcribe(says("caller", "u1", "Book it.", { final: true }), 10);
  talk.transcribe(says("agent", "a1", "One moment."), 20);
  talk.tool({ topic: "antiphon.tool", phase: "started", callId: "c1", name: "book", arguments: { people: 4 } }, 30);
  talk.tool({ topic: "antiphon.tool", phase: "ended", callId: "c1", name: "book", output: "ok", isError: false, tookMs: 9 }, 40);
  talk.transcribe(says("agent", "a2", "Booked."), 50);
  assert.deepEqual(texts(), ["caller: Book it.", "agent: One moment.", "tool", "agent: Booked."]);
  assert.deepEqual(talk.questionOf(bubble("a1")), { kind: "speech" });
  assert.equal(talk.questionOf(bubble("a2")), null);
});

test("a transcript that came after its answer is put before it when the turn tells so", () => {
  talk.transcribe(says("agent", "a1", "From five."), 20);
  talk.transcribe(says("caller", "u1", "Hours?", { final: true }), 30);
  talk.time(timed("a1", "u1"));
  assert.deepEqual(texts(), ["caller: Hours?", "agent: From five."]);
  assert.deepEqual(talk.questionOf(bubble("a1")), { kind: "speech" });
});

test("answers are measured once heard, each with its own onset", () => {
  const caller = [{ startMs: 1000, endMs: 2000 }, { startMs: 5000, endMs: 6000 }];
  const agent = [{ startMs: 300, endMs: 900 }, { startMs: 2350, endMs: 4000 }, { startMs: 6500, endMs: null }];
  talk.transcribe(says("agent", "a0", "Hello."), 250);
  talk.transcribe(says("caller", "u1", "Hours?", { final: true }), 2100);
  talk.transcribe(says("agent", "a1", "From five."), 2300);
  talk.transcribe(says("caller", "u2", "Parking?", { final: true }), 6100);
  talk.transcribe(says("agent", "a2", "Behind the house."), 6450);
  talk.time(timed("a2", "u2", { speech_ended: 106_040, audio_played: 106_470 }));
  talk.measure(caller, agent, (serverMs) => serverMs - 100_000);
  assert.equal(bubble("a0").heard?.kind, "greeting");
  assert.deepEqual(talk.spokenLatencies(), [350, 500]);
  changed = [];
  talk.measure(caller, agent, (serverMs) => serverMs - 100_000);
  assert.deepEqual(changed, [], "nothing new was heard");
});

test("the times of a resumed segment stay those of its first sound", () => {
  talk.transcribe(says("agent", "a1", "We are open"), 20);
  talk.time(timed("a1", "u1", { audio_played: 100 }));
  talk.time(timed("a1", "u1", { audio_played: 900 }));
  assert.equal(bubble("a1").turn?.stamps["audio_played"], 100);
});

test("a new call after a lost line may use the same ids", () => {
  talk.transcribe(says("agent", "item_1", "Good evening.", { final: true }), 10);
  talk.beginAnew("The line was lost: this is a new call", 100);
  talk.transcribe(says("agent", "item_1", "Hello again."), 120);
  assert.deepEqual(texts(), ["agent: Good evening.", "divider", "agent: Hello again."]);
  assert.deepEqual(talk.questionOf(bubble("item_1")), { kind: "greeting", connectedAtMs: 100 });
});
