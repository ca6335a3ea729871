// Ties the server's monotonic clock to this page's (`performance.now()`), by pings over the data channel.
//
// The answer to a ping was stamped somewhere between sending and receiving, so half of the round trip bounds the error;
// the quickest recent ping wins. Two quartz clocks drift apart by up to some 50 millionths, so old pings lose certainty.

const KEPT = 30;
const DRIFT_MS_PER_MS = 50e-6;

interface Ping {
  offsetMs: number;
  uncertaintyMs: number;
  atMs: number;
}

export interface Mapping {
  /** Server milliseconds minus page milliseconds. */
  offsetMs: number;
  /** The true offset lies within ± this. */
  uncertaintyMs: number;
}

export class ServerClock {
  private pings: Ping[] = [];

  /** Takes a ping's three stamps: page when sent, server when answered, page when received. */
  add(sentMs: number, serverMs: number, receivedMs: number): void {
    const uncertaintyMs = (receivedMs - sentMs) / 2;
    if (uncertaintyMs < 0) return;
    this.pings.push({ offsetMs: serverMs - (sentMs + uncertaintyMs), uncertaintyMs, atMs: receivedMs });
    if (this.pings.length > KEPT) this.pings.shift();
  }

  /** The best mapping known now; null before the first ping. */
  mapping(nowMs: number): Mapping | null {
    let best: Mapping | null = null;
    for (const ping of this.pings) {
      const uncertaintyMs = ping.uncertaintyMs + Math.max(0, nowMs - ping.atMs) * DRIFT_MS_PER_MS;
      if (best === null || uncertaintyMs < best.uncertaintyMs) best = { offsetMs: ping.offsetMs, uncertaintyMs };
    }
    return best;
  }

  reset(): void {
    this.pings = [];
  }
}
