import type { LiveFacts, LiveSink, LiveSource } from '../../domain/live-source.ts';

const notLoaded: LiveFacts = {
  heard: false,
  phase: 'stopped',
  room: null,
  nextAttemptAtMs: null,
  problem: null,
  silence: { code: 'trying', what: 'Looking for the live.', todo: null, nextAtMs: null },
  reconnects: 0,
  undecodable: 0,
};

/** A source whose code is loaded when it starts. */
export function lateSource(load: () => Promise<LiveSource>): LiveSource {
  let source: LiveSource | null = null;
  let loading: Promise<LiveSource> | null = null;
  let sink: LiveSink | null = null;
  return {
    start(to) {
      sink = to;
      loading ??= load();
      void loading.then((loaded) => {
        source = loaded;
        // It may have been stopped meanwhile, or be on its way for another start.
        if (sink === to) loaded.start(to);
      });
    },
    facts: () => source?.facts() ?? notLoaded,
    retryNow: () => source?.retryNow(),
    write: async (order) => (await source?.write?.(order)) ?? null,
    async stop(why) {
      sink = null;
      await loading;
      await source?.stop(why);
    },
  };
}
