// Last, median and 95th percentile of what was heard, at the top.

import type { Summary } from "../heard";
import { byId, milliseconds, setText } from "./dom";

export class LatencyView {
  private readonly element = byId("latency", HTMLElement);

  render({ count, lastMs, medianMs, p95Ms }: Summary): void {
    this.element.hidden = count === 0;
    this.element.dataset["count"] = String(count);
    this.element.title = `Heard latency of ${count} spoken ${count === 1 ? "turn" : "turns"}: from the end of your speech to the agent's first sound, estimated here from the audio.`;
    setText(byId("latency-count", HTMLElement), `${count} ${count === 1 ? "turn" : "turns"}, estimated here`);
    for (const [name, ms] of [["last", lastMs], ["median", medianMs], ["p95", p95Ms]] as const) {
      const value = byId(`latency-${name}`, HTMLElement);
      setText(value, ms === null ? "–" : milliseconds(ms));
      if (ms !== null) value.dataset["ms"] = ms.toFixed(1);
    }
  }
}
