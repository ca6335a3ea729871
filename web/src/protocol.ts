// The messages of the data channel, as docs/ARCHITECTURE.md ("The page's protocol") names them: typed once, checked on
// arrival. Unknown topics and malformed messages become null and are dropped; they never stop a call.

export type Speaker = "caller" | "agent";
export type AgentState = "initializing" | "listening" | "thinking" | "speaking";

/** Words of one segment: always the whole text so far. */
export interface Transcription {
  topic: "lk.transcription";
  segmentId: string;
  speaker: Speaker;
  text: string;
  final: boolean;
  typed: boolean;
}

export interface AgentStateChanged {
  topic: "lk.agent.state";
  state: AgentState;
}

/** An agent's segment was cut off. An empty `unheard` takes a cut back. */
export interface Cut {
  topic: "antiphon.cut";
  segmentId: string;
  heard: string;
  unheard: string;
}

export interface ToolStarted {
  topic: "antiphon.tool";
  phase: "started";
  callId: string;
  name: string;
  arguments: Record<string, unknown>;
}

export interface ToolEnded {
  topic: "antiphon.tool";
  phase: "ended";
  callId: string;
  name: string;
  output: string;
  isError: boolean;
  tookMs: number | null;
}

/** The hops of one answer, server milliseconds. */
export interface TurnTimed {
  topic: "antiphon.turn";
  segmentId: string;
  userSegmentId: string;
  stamps: Readonly<Record<string, number>>;
  details: Readonly<Record<string, unknown>>;
}

export interface ClockAnswer {
  topic: "antiphon.clock";
  id: string;
  sentMs: number;
  serverMs: number;
}

export interface Problem {
  topic: "antiphon.problem";
  code: string;
  message: string;
  fatal: boolean;
}

/** A problem that was told before is over. */
export interface Recovered {
  topic: "antiphon.recovered";
  code: string;
}

export interface Ended {
  topic: "antiphon.ended";
  reason: string;
}

export type Incoming =
  | Transcription
  | AgentStateChanged
  | Cut
  | ToolStarted
  | ToolEnded
  | TurnTimed
  | ClockAnswer
  | Problem
  | Recovered
  | Ended;

export type Outgoing =
  | { topic: "lk.chat"; id: string; text: string }
  | { topic: "antiphon.clock"; id: string; sent_ms: number };

type Json = Record<string, unknown>;

const agentStates: readonly AgentState[] = ["initializing", "listening", "thinking", "speaking"];

/** The message in a data channel's text, or null if it is none that this page knows. */
export function parse(data: unknown): Incoming | null {
  if (typeof data !== "string") return null;
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return null;
  }
  return isObject(json) ? read(json) : null;
}

export function serialise(message: Outgoing): string {
  return JSON.stringify(message);
}

/** Makes a switch over a union exhaustive for the compiler. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}

function read(json: Json): Incoming | null {
  switch (json["topic"]) {
    case "lk.transcription":
      return transcription(json);
    case "lk.agent.state": {
      const state = agentStates.find((known) => known === json["state"]);
      return state ? { topic: "lk.agent.state", state } : null;
    }
    case "antiphon.cut": {
      const segmentId = text(json["segment_id"]);
      return segmentId ? { topic: "antiphon.cut", segmentId, heard: text(json["heard"]), unheard: text(json["unheard"]) } : null;
    }
    case "antiphon.tool":
      return tool(json);
    case "antiphon.turn":
      return turn(json);
    case "antiphon.clock": {
      const [sentMs, serverMs] = [number(json["sent_ms"]), number(json["server_ms"])];
      return sentMs === null || serverMs === null ? null : { topic: "antiphon.clock", id: text(json["id"]), sentMs, serverMs };
    }
    case "antiphon.problem":
      return { topic: "antiphon.problem", code: text(json["code"]), message: text(json["message"]), fatal: json["fatal"] === true };
    case "antiphon.recovered":
      return { topic: "antiphon.recovered", code: text(json["code"]) };
    case "antiphon.ended":
      return { topic: "antiphon.ended", reason: text(json["reason"]) };
    default:
      return null;
  }
}

function transcription(json: Json): Transcription | null {
  const attributes = isObject(json["attributes"]) ? json["attributes"] : {};
  const segmentId = text(attributes["lk.segment_id"]);
  const speaker = json["speaker"];
  if (!segmentId || (speaker !== "caller" && speaker !== "agent")) return null;
  const final = attributes["lk.transcription_final"] === "true";
  return { topic: "lk.transcription", segmentId, speaker, text: text(json["text"]), final, typed: json["typed"] === true };
}

function tool(json: Json): ToolStarted | ToolEnded | null {
  const callId = text(json["call_id"]);
  const name = text(json["name"]);
  if (!callId) return null;
  if (json["phase"] === "started") {
    const given = json["arguments"];
    return { topic: "antiphon.tool", phase: "started", callId, name, arguments: isObject(given) ? given : {} };
  }
  if (json["phase"] !== "ended") return null;
  const isError = json["is_error"] === true;
  return { topic: "antiphon.tool", phase: "ended", callId, name, output: text(json["output"]), isError, tookMs: number(json["took_ms"]) };
}

function turn(json: Json): TurnTimed | null {
  const segmentId = text(json["segment_id"]);
  if (!segmentId || !isObject(json["stamps"])) return null;
  const stamps: Record<string, number> = {};
  for (const [hop, value] of Object.entries(json["stamps"])) {
    const ms = number(value);
    if (ms !== null) stamps[hop] = ms;
  }
  const details = isObject(json["details"]) ? json["details"] : {};
  return { topic: "antiphon.turn", segmentId, userSegmentId: text(json["user_segment_id"]), stamps, details };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
