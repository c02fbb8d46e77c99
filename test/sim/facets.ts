import type { NoiseRates, PlannedFault, Way } from './plan.ts';

/** One side of a fault, and the fault without it; null: without it nothing of the fault is left. */
export interface Facet {
  readonly name: string;
  readonly without: PlannedFault | null;
}

const noises: Readonly<Record<keyof NoiseRates, string>> = {
  drop: 'bytes lost',
  double: 'bytes doubled',
  flip: 'bytes flipped',
  split: 'bytes split',
};
const longBusyMs = 60_000;
const stormLines = 20;
const holdMs = 2_000;

/** The sides of a fault by which a table counts it. */
export function facetsOf(fault: PlannedFault): readonly Facet[] {
  const gone = (...names: string[]): Facet[] => names.map((name) => ({ name, without: null }));
  switch (fault.kind) {
    case 'noise': {
      const parts = (['drop', 'double', 'flip', 'split'] as const).filter((part) => fault.rates[part] > 0);
      return parts.flatMap((part) =>
        waysOf(fault.way).map((way) => ({
          name: `${noises[part]} ${way}`,
          without: { ...fault, rates: { ...fault.rates, [part]: 0 } },
        })),
      );
    }
    case 'late-bytes':
      return gone(...waysOf(fault.way).map((way) => `bytes late ${way}`));
    case 'join-bytes':
      return gone(...waysOf(fault.way).map((way) => `bytes joined ${way}`));
    case 'corrupt-lines':
      return gone(fault.lines >= stormLines ? 'a storm of Resends' : 'lines corrupted');
    case 'busy':
      return gone(fault.forMs >= longBusyMs ? 'busy for minutes' : 'busy for seconds');
    case 'unplug':
      return fault.renamed
        ? [...gone('unplug'), { name: 'unplug, back under another name', without: { ...fault, renamed: false } }]
        : gone('unplug');
    case 'reset':
      return gone(fault.banner ? 'reset with a banner' : 'reset without a banner');
    case 'board-power':
    case 'all-power':
      return fault.push === null
        ? gone(fault.kind)
        : [...gone(fault.kind), { name: `${fault.kind}, gantry pushed`, without: { ...fault, push: null } }];
    case 'die-at-write':
      return gone(`die-at-write, ${fault.how}`);
    case 'failing-disk':
      // Where in a write it fails must make no difference: that is no side of its own.
      return [
        ...gone(`failing-disk, ${fault.code}`),
        ...((fault.spares ?? 0) > 0
          ? [{ name: 'failing-disk, from a later write on', without: { ...fault, spares: 0 } }]
          : []),
      ];
    case 'restart':
      return fault.version === 0
        ? gone('restart')
        : [...gone('restart'), { name: 'restart, config and gift map changed', without: { ...fault, version: 0 } }];
    case 'press':
      return [
        ...gone(fault.downMs >= holdMs ? 'press, held' : 'press'),
        ...(fault.times > 1 ? [{ name: 'press, again and again', without: { ...fault, times: 1 } }] : []),
      ];
    case 'command':
      // It is refused, and so changes nothing.
      if (fault.what === 'jog-out') return [];
      return gone(`command ${fault.what}`);
    case 'release-motors':
      return gone(`release-motors, told by ${fault.by}`);
    default:
      return gone(fault.kind);
  }
}

function waysOf(way: Way): readonly string[] {
  return way === 'both' ? ['to-board', 'to-host'] : [way];
}
