// Every failure in one sentence, with one thing to do about it.

import type { CallError } from "./call";
import type { MicrophoneProblem } from "./microphone";

export type Remedy = "call" | "type" | "retry_microphone" | "play" | "dismiss" | "reload";

export type ProblemCode = CallError["code"] | MicrophoneProblem | "mic_stopped" | "sound_blocked" | "engine" | "page_broke";

export interface ProblemWords {
  code: string;
  sentence: string;
  remedy: Remedy;
  button: string;
}

const WORDS: Readonly<Record<ProblemCode, Omit<ProblemWords, "code">>> = {
  mic_denied: {
    sentence: "The browser keeps the microphone from this page: allow it beside the address, or just type.",
    remedy: "retry_microphone",
    button: "Try again",
  },
  mic_missing: {
    sentence: "There is no microphone here: plug one in, or just type.",
    remedy: "type",
    button: "Type instead",
  },
  mic_busy: {
    sentence: "Another program holds the microphone: close it there, or just type.",
    remedy: "retry_microphone",
    button: "Try again",
  },
  mic_insecure: {
    sentence: "Browsers give microphones only to https and to this machine itself: start Antiphon with --tls, or just type.",
    remedy: "type",
    button: "Type instead",
  },
  mic_stopped: {
    sentence: "The microphone is gone: plug one in, or just type.",
    remedy: "type",
    button: "Type instead",
  },
  sound_blocked: { sentence: "The browser holds the agent's voice back until you say so.", remedy: "play", button: "Play sound" },
  busy: { sentence: "All lines are taken just now.", remedy: "call", button: "Call again" },
  no_agent: {
    sentence: "No agent has come to this call: all may be busy, or none is running (“python agent.py start”).",
    remedy: "call",
    button: "Call again",
  },
  unauthorised: {
    sentence: "This page needs its token: open the address that the server printed when it started.",
    remedy: "reload",
    button: "Reload",
  },
  server_gone: {
    sentence: "The server does not answer: start it with “make up”, then call again.",
    remedy: "call",
    button: "Call again",
  },
  bad_answer: { sentence: "The server could not set the call up.", remedy: "call", button: "Call again" },
  no_webrtc: { sentence: "This browser cannot make calls (it has no WebRTC): please use another.", remedy: "reload", button: "Reload" },
  line_lost: { sentence: "The line was lost and did not come back.", remedy: "call", button: "Call again" },
  engine: { sentence: "The speech engine failed.", remedy: "call", button: "Call again" },
  page_broke: { sentence: "Something in this page broke: reload it, and call again.", remedy: "reload", button: "Reload" },
};

/** The words for a failure that this page found. `detail` is what the server said, if it said something. */
export function words(code: ProblemCode, detail = ""): ProblemWords {
  const known = WORDS[code];
  return { ...known, code, sentence: detail || known.sentence };
}

/** The words for a microphone that is gone while another one is there. */
export function replaced(label: string): ProblemWords {
  return { code: "mic_stopped", sentence: `The microphone is gone: “${label}” can take its place, or just type.`, remedy: "retry_microphone", button: "Use it" };
}

/** The words for a failure that the server told. */
export function told(code: string, message: string, fatal: boolean): ProblemWords {
  const sentence = message || WORDS.engine.sentence;
  return fatal ? { code, sentence, remedy: "call", button: "Call again" } : { code, sentence, remedy: "dismiss", button: "Understood" };
}

/** That a problem which the server told is over, for the divider in the conversation. */
export function recovery(code: string): string {
  if (code === "agent_lost") return "The agent was lost: another one goes on";
  return code === "engine_lost" ? "The speech engine was lost and is back" : "The trouble is over";
}

/** How a call ended, for the divider in the conversation. */
export function ending(reason: string): string {
  switch (reason) {
    case "agent":
      return "The agent hung up";
    case "too_long":
      return "The call reached its longest time";
    case "shutdown":
      return "The server was shut down";
    case "error":
      return "The call failed";
    default:
      return "You hung up";
  }
}
