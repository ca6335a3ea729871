// What the server says of itself: its name, its parts, and what to try saying.

export interface About {
  name: string;
  /** Line, recogniser, voice and brain, as far as they are known. */
  parts: string[];
  trySaying: string[];
  /** Calls go through a LiveKit room. */
  livekit: boolean;
}

export const unknown: About = {
  name: "Antiphon",
  parts: [],
  trySaying: ["What are your opening hours?", "A table for four on Thursday at seven, please.", "What can you do?"],
  livekit: false,
};

export function readAbout(json: Readonly<Record<string, unknown>>): About {
  const parts = ["line", "recogniser", "voice", "brain"].map((key) => json[key]).filter(isWords);
  const trySaying = Array.isArray(json["try_saying"]) ? json["try_saying"].filter(isWords).slice(0, 3) : [];
  return {
    name: isWords(json["name"]) ? json["name"] : unknown.name,
    parts,
    trySaying: trySaying.length > 0 ? trySaying : unknown.trySaying,
    livekit: json["livekit"] === true,
  };
}

function isWords(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
