import type { Clock } from '../../domain/clock.ts';
import type { Recorded } from '../../ledger/record.ts';

/** A streak's frames that come within this time are told in one line. */
const gatherMs = 3_000;

interface Gathered {
  readonly viewer: string;
  readonly gift: string;
  gifts: number;
  mapped: boolean;
  readonly strokes: Map<string, number>;
}

/** Tells gifts as lines, a streak's growth gathered for a moment. */
export function giftLines(clock: Clock, rowName: (row: string) => string, line: (text: string) => void) {
  const waiting = new Map<string, Gathered>();

  function tell(key: string): void {
    const it = waiting.get(key);
    waiting.delete(key);
    if (it === undefined) return;
    const strokes = [...it.strokes].map(([row, count]) => `${count} in ${rowName(row)}`).join(', ');
    line(
      `  ${it.viewer.padEnd(12)} ${String(it.gifts).padStart(3)} x ${it.gift.padEnd(16)} ${it.mapped ? strokes : 'not in the gift map'}`,
    );
  }

  return {
    recorded(records: readonly Recorded[]): void {
      for (const { event, grown, mapped, credits } of records) {
        if (event.kind !== 'gift' || grown === 0) continue;
        const viewer = event.user?.name ?? 'a test';
        const { id, name } = event.payload.gift;
        const gift = name === '' ? `gift ${id}` : name;
        const key = `${viewer}\n${gift}`;
        const it = waiting.get(key) ?? { viewer, gift, gifts: 0, mapped, strokes: new Map<string, number>() };
        if (!waiting.has(key)) clock.after(gatherMs, () => tell(key));
        waiting.set(key, it);
        it.gifts += grown;
        for (const { row, strokes } of credits) it.strokes.set(row, (it.strokes.get(row) ?? 0) + strokes);
      }
    },
    /** Tells at once what still waits. */
    end(): void {
      for (const key of [...waiting.keys()]) tell(key);
    },
  };
}
