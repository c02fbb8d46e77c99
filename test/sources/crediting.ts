import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Inbox, openInbox } from '../../src/appliance/inbox.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { silentLog } from '../../src/domain/log.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';

/** The real inbox and a real ledger on disk, behind a listener. */
export interface Crediting {
  readonly inbox: Inbox;
  readonly ledger: Ledger;
  readonly folder: string;
  /** Strokes credited, by room, viewer and gift: every gift is worth one stroke in a row of its own. */
  credited(): Map<string, number>;
  end(): void;
}

/** Opens a ledger in a folder of its own, or the one that lies in this folder; `disk` may make its writing fail. */
export function openCrediting(
  clock: Clock,
  existing: string | null = null,
  disk: (ledger: Ledger) => Ledger = (ledger) => ledger,
): Crediting {
  const folder = existing ?? mkdtempSync(join(tmpdir(), 'livepen-credits-'));
  const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: clock.wallMs });
  if (!opened.ok) throw new Error(opened.fault.what);
  const { ledger } = opened;
  const nothing = () => {};
  const inbox = openInbox({
    clock,
    log: silentLog,
    ledger: disk(ledger),
    keeps: new Set(),
    worthOf: (event) => (event.kind === 'gift' ? { rows: [rowOf(event)], strokes: 1, per: 1 } : null),
    recorded: nothing,
    changed: nothing,
  });
  return {
    inbox,
    ledger,
    folder,
    credited: () => {
      const accounts = ledger.questions.accounts().map(({ row, credited }): [string, number] => [row, credited]);
      return new Map(accounts.filter(([, credited]) => credited > 0).sort());
    },
    end: () => {
      inbox.flush();
      ledger.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function rowOf(event: Extract<LiveEvent, { kind: 'gift' }>): string {
  return `${event.room} ${event.user?.id} ${event.payload.gift.id}`;
}
