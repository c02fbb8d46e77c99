import { writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Looked at this often, from when somebody first asks: ten wakeups a second are as many as a light that breathes needs. */
const resolutionMs = 100;
const nsPerMs = 1e6;

/** What of this process can be measured: how late its event loop comes to its work, and its memory. */
export function processVitals() {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  const late = (ns: number) => (Number.isFinite(ns) ? Math.max(0, ns / nsPerMs - resolutionMs) : 0);
  return {
    /** Since last asked, in ms; nothing is late yet when it is asked first. */
    loopDelay() {
      const found = {
        p50Ms: late(delays.percentile(50)),
        p99Ms: late(delays.percentile(99)),
        maxMs: late(delays.max),
      };
      delays.enable();
      delays.reset();
      return found;
    },
    memory() {
      const { rss, heapUsed } = process.memoryUsage();
      return { residentBytes: rss, heapBytes: heapUsed };
    },
  };
}

/** Where memory runs out, the system shall end this process, and nothing beside it. */
export async function giveUpFirst({ pid }: { readonly pid?: number | undefined }): Promise<void> {
  try {
    await writeFile(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // It has ended already, or this system has no such file: then its own bound is all there is.
  }
}
