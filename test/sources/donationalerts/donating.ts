import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Inbox, openInbox } from '../../../src/appliance/inbox.ts';
import type { LiveEvent } from '../../../src/domain/live-event.ts';
import type { LiveSource } from '../../../src/domain/live-source.ts';
import { silentLog } from '../../../src/domain/log.ts';
import { allot } from '../../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../../src/ledger/ledger.ts';
import { VirtualDonations } from '../../../src/simulators/platform/donations.ts';
import { type Network, networkTo } from '../../../src/simulators/platform/in-memory.ts';
import { type VirtualClock, virtualClock } from '../../../src/simulators/virtual-clock.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { keepTokens } from '../../../src/sources/connection/tokens.ts';
import { createDonationSource, type DonationDeps } from '../../../src/sources/donationalerts/source.ts';

/** A box that listens to a platform of donations, with a real inbox and a real ledger on disk. */
export interface Box {
  readonly source: LiveSource;
  readonly ledger: Ledger;
  readonly inbox: Inbox;
  readonly events: LiveEvent[];
  /** Ends it as a power cut does: nothing is written any more. */
  end(): Promise<void>;
}

/** The whole of an evening in which somebody collects donations. */
export interface Donating {
  readonly clock: VirtualClock;
  readonly platform: VirtualDonations;
  readonly network: Network;
  readonly log: string[];
  readonly folder: string;
  /** Begins to listen; the ledger is the one of before. */
  begin(change?: Partial<DonationDeps> & { readonly disk?: (ledger: Ledger) => Ledger }): Promise<Box>;
  /** Amounts in minor units that are credited, smallest first: each smallest unit of any currency is worth one stroke. */
  credited(box: Box): number[];
  /** Lets time pass until something holds. */
  until(what: string, holds: () => boolean): Promise<void>;
}

/** Opens a world with a sign-in; `isSignedIn` false leaves that out. */
export function donating(t: TestContext, isSignedIn = true): Donating {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-donations-'));
  const clock = virtualClock();
  const platform = new VirtualDonations(clock);
  const network = networkTo({ clock, platform, latencyMs: 20 });
  const log: string[] = [];
  const say = (sentence: string) => log.push(sentence);
  const file = tokenFile(join(folder, 'sign-in.json'));
  if (isSignedIn) file.write({ ...platform.grant(), since: clock.wallMs() });
  const boxes: Box[] = [];
  t.after(async () => {
    for (const box of boxes) await box.end();
    rmSync(folder, { recursive: true });
  });

  async function begin({ disk = (ledger: Ledger) => ledger, ...change }: Parameters<Donating['begin']>[0] = {}) {
    const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: clock.wallMs });
    if (!opened.ok) throw new Error(opened.fault.what);
    const ledger = disk(opened.ledger);
    const inbox = openInbox({
      clock,
      log: silentLog,
      ledger,
      keeps: new Set(),
      worthOf: (event) =>
        event.kind === 'donation' ? { rows: [`${event.room} ${event.id}`], strokes: 1, per: 1 } : null,
      recorded: () => {},
      changed: () => {},
    });
    const source = createDonationSource({
      clock,
      random: () => 0.5,
      log: { debug: () => {}, info: say, warn: say, error: say },
      sockets: network.sockets,
      http: network.http,
      tokens: keepTokens(
        {
          clock,
          http: network.http,
          clockIsSet: () => true,
          name: 'DonationAlerts',
          log: silentLog,
          platform: 'donationalerts',
          tokenUrl: 'https://donations.example/oauth/token',
          fields: () => ({
            client_id: platform.application.clientId,
            client_secret: platform.application.secret,
            scope: 'all',
          }),
        },
        file,
      ),
      marks: ledger,
      site: 'https://donations.example',
      socketUrl: 'wss://donations.example/connection/websocket',
      pollSeconds: 60,
      reconnectMaxAttempts: 0,
      clockIsSet: () => true,
      settled: () => inbox.settled(),
      ...change,
    });
    const events: LiveEvent[] = [];
    let isOver = false;
    const box: Box = {
      source,
      ledger,
      inbox,
      events,
      async end() {
        if (isOver) return;
        isOver = true;
        await inTime(clock, source.stop());
        inbox.close();
        ledger.close();
      },
    };
    boxes.push(box);
    source.start({
      event(event) {
        events.push(event);
        inbox.offer(event);
      },
      changed: () => {},
    });
    return box;
  }

  return {
    clock,
    platform,
    network,
    log,
    folder,
    begin,
    credited: ({ inbox, ledger }) => {
      inbox.flush();
      return ledger.questions
        .accounts()
        .map(({ credited }) => credited)
        .filter((credited) => credited > 0)
        .toSorted((a, b) => a - b);
    },
    until: async (what, holds) => {
      await clock.runUntil(holds, 24 * 3_600_000, what);
    },
  };
}

/** Runs time until it has come. */
async function inTime<T>(clock: VirtualClock, asked: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  asked.then(over, over);
  await clock.runUntil(() => isOver, 3_600_000);
  return asked;
}
