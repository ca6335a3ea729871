import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, serialise } from "../src/protocol";

const send = (value: unknown): unknown => parse(JSON.stringify(value));

test("a transcription carries its segment, speaker and finality", () => {
  const attributes = { "lk.segment_id": "item_1", "lk.transcription_final": "true" };
  assert.deepEqual(send({ topic: "lk.transcription", text: "Hello", speaker: "agent", typed: false, attributes }), {
    topic: "lk.transcription",
    segmentId: "item_1",
    speaker: "agent",
    text: "Hello",
    final: true,
    typed: false,
  });
});

test("finality is LiveKit's string, and anything else is not final", () => {
  for (const final of ["false", true, undefined]) {
    const attributes = { "lk.segment_id": "s", "lk.transcription_final": final };
    const message = send({ topic: "lk.transcription", text: "", speaker: "caller", attributes });
    assert.equal((message as { final: boolean }).final, false);
  }
});

test("a turn keeps the stamps that are numbers", () => {
  const message = send({ topic: "antiphon.turn", segment_id: "s", stamps: { turn_over: 12.5, recognised: null, audio_sent: "7" } });
  assert.deepEqual((message as { stamps: object }).stamps, { turn_over: 12.5 });
});

test("a tool that ends tells its result, refusals marked", () => {
  const message = send({ topic: "antiphon.tool", call_id: "c", name: "book", phase: "ended", output: "closed", is_error: true, took_ms: 3 });
  assert.deepEqual(message, { topic: "antiphon.tool", phase: "ended", callId: "c", name: "book", output: "closed", isError: true, tookMs: 3 });
});

test("a problem is told, and that it is over", () => {
  assert.deepEqual(send({ topic: "antiphon.problem", code: "x", message: "Hm." }), { topic: "antiphon.problem", code: "x", message: "Hm.", fatal: false });
  assert.deepEqual(send({ topic: "antiphon.recovered", code: "x" }), { topic: "antiphon.recovered", code: "x" });
});

test("what is malformed or unknown is dropped, never thrown", () => {
  const bad = [
    "", "{", "null", "[]", "7", '"text"', "{}",
    '{"topic":"lk.agent.state","state":"dreaming"}',
    '{"topic":"lk.transcription","text":"x","speaker":"agent"}',
    '{"topic":"lk.transcription","text":"x","speaker":"ghost","attributes":{"lk.segment_id":"s"}}',
    '{"topic":"antiphon.cut"}', '{"topic":"antiphon.tool","phase":"started"}', '{"topic":"antiphon.tool","call_id":"c","phase":"paused"}',
    '{"topic":"antiphon.turn","segment_id":"s"}', '{"topic":"antiphon.clock","id":"1","sent_ms":1}', '{"topic":"antiphon.later"}',
  ];
  for (const text of bad) assert.equal(parse(text), null, text);
  assert.equal(parse(new ArrayBuffer(3)), null);
});

test("chat and ping go out with their topics", () => {
  assert.deepEqual(JSON.parse(serialise({ topic: "lk.chat", id: "1", text: "hi" })), { topic: "lk.chat", id: "1", text: "hi" });
});
