/** What every source promises, whatever its platform: one suite that runs against each of them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { type Inbox, openInbox } from '../../../src/appliance/inbox.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { isGiven, type LiveEvent } from '../../../src/domain/live-event.ts';
import type { LiveSource } from '../../../src/domain/live-source.ts';
import { silentLog } from '../../../src/domain/log.ts';
import { allot } from '../../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../../src/ledger/ledger.ts';

/** A platform in software, and a real source that is to listen to it. */
export interface Subject {
  readonly source: LiveSource;
  /** How events name the platform. */
  readonly platform: string;
  /** Somebody by this name gives something. */
  give(name: string): void;
  /** What was given last is sent once more, by itself or to whoever connects. */
  repeat(): void;
  /** Every connection is cut. */
  lose(): void;
  /** The next attempt is refused. */
  refuseNext(): void;
  /** Nothing passes any more, and nothing is closed; or again it does. */
  silence(isSilent: boolean): void;
  /** Connections that are open, as the platform sees them. */
  open(): number;
  until(what: string, holds: () => boolean): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Runs time until it has come. */
  inTime<T>(asked: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The house that a source feeds. */
export interface House {
  readonly clock: Clock;
  readonly folder: string;
  readonly inbox: Inbox;
  readonly ledger: Ledger;
}

export interface ContractSubject {
  readonly name: string;
  clock(): Clock;
  open(house: House): Promise<Subject>;
}

interface Listening extends Subject {
  readonly events: LiveEvent[];
  readonly inbox: Inbox;
  /** Gifts and money in the ledger. */
  credited(): number;
  disk: { isFull: boolean };
  start(): void;
}

const kinds = ({ events }: Listening) => events.map(({ kind }) => kind).filter((kind) => kind !== 'room-user');
const heard = (subject: Listening) => subject.until('it is heard', () => subject.source.facts().heard);

async function whileOpen(of: ContractSubject, body: (listening: Listening) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-contract-'));
  const clock = of.clock();
  const opened = openLedger({ file: join(folder, 'livepen.db'), allot, wallMs: clock.wallMs });
  if (!opened.ok) throw new Error(opened.fault.what);
  const { ledger } = opened;
  const disk = { isFull: false };
  let credited = 0;
  const inbox = openInbox({
    clock,
    log: silentLog,
    ledger: {
      ...ledger,
      record(items) {
        const batch = [...items];
        if (disk.isFull && batch.length > 0) throw new Database.SqliteError('the disk is full', 'SQLITE_FULL');
        return ledger.record(batch);
      },
    },
    keeps: new Set(),
    worthOf: (event) => (isGiven(event) ? { rows: ['1'], strokes: 1, per: 1 } : null),
    recorded(records) {
      credited += records.filter(({ event, isNew, credits }) => isNew && isGiven(event) && credits.length > 0).length;
    },
    changed: () => {},
  });
  const subject = await of.open({ clock, folder, inbox, ledger });
  const events: LiveEvent[] = [];
  const start = () =>
    subject.source.start({
      event(event) {
        events.push(event);
        inbox.offer(event);
      },
      changed: () => {},
    });
  try {
    await body({ ...subject, events, inbox, disk, start, credited: () => credited });
  } finally {
    await subject.inTime(subject.source.stop());
    await subject.close();
    inbox.flush();
    ledger.close();
    rmSync(folder, { recursive: true });
  }
}

/** Holds a source to the contract. */
export function holdToContract(of: ContractSubject): void {
  const promise = (title: string, body: (listening: Listening) => Promise<void>) =>
    test(`${title} (${of.name})`, () => whileOpen(of, body));

  promise('before it starts a source is stopped; then it is heard, and says so first', async (subject) => {
    const { source, events, start } = subject;
    assert.deepEqual([source.facts().heard, source.facts().phase], [false, 'stopped']);
    start();
    assert.equal(source.facts().heard, false);
    await heard(subject);
    await subject.until('it says so', () => kinds(subject).includes('connected'));
    const { phase, silence = null, room, problem } = source.facts();
    assert.deepEqual([phase, silence, problem], ['connected', null, null]);
    assert.equal(kinds(subject)[0], 'connected');
    assert.equal(events[0]?.platform, subject.platform);
    assert.ok(room !== null && room !== '');
  });

  promise('what is given is heard, and credited once, also when it is sent again', async (subject) => {
    subject.start();
    await heard(subject);
    subject.give('inky');
    await subject.until('it is credited', () => subject.credited() === 1);
    const [event] = subject.events.filter(isGiven);
    assert.deepEqual([event?.platform, event?.origin, event?.user?.name], [subject.platform, 'live', 'inky']);
    subject.repeat();
    await heard(subject);
    await subject.pass(70_000);
    assert.equal(subject.credited(), 1);
  });

  promise('a lost connection is a gap, and another session goes on after it', async (subject) => {
    subject.start();
    await heard(subject);
    subject.give('inky');
    await subject.until('it is credited', () => subject.credited() === 1);
    subject.lose();
    await subject.until('it is lost', () => kinds(subject).includes('disconnected'));
    await heard(subject);
    subject.give('inky');
    await subject.until('the next one is credited', () => subject.credited() === 2);
    const connected = subject.events.filter(({ kind }) => kind === 'connected');
    assert.equal(new Set(connected.map(({ session }) => session)).size, 2);
    const lost = subject.events.find(({ kind }) => kind === 'disconnected');
    assert.ok(lost?.kind === 'disconnected' && lost.payload.why !== '');
    assert.ok(lost.payload.heardUntilMs <= lost.arrivedAtMs);
    assert.ok(subject.source.facts().reconnects >= 1);
  });

  promise('a connection that is silent is lost, though nobody closes it', async (subject) => {
    subject.start();
    await heard(subject);
    subject.silence(true);
    await subject.until('it is lost', () => !subject.source.facts().heard);
    subject.silence(false);
    await heard(subject);
    subject.give('inky');
    await subject.until('it is credited', () => subject.credited() === 1);
  });

  promise('a refusal says why and until when, and is tried again', async (subject) => {
    subject.refuseNext();
    subject.start();
    await subject.until('it is refused', () => subject.source.facts().nextAttemptAtMs !== null);
    const { silence } = subject.source.facts();
    assert.match(silence?.what ?? '', /^[A-Z].*\.$/);
    assert.ok(silence?.nextAtMs !== null);
    await heard(subject);
  });

  promise('stopped in whichever phase, it says nothing more and leaves nothing open', async (subject) => {
    const { source, start, events, inTime, pass, until } = subject;
    const isStopped = async (phase: string) => {
      await inTime(source.stop('a test'));
      const before = events.length;
      subject.give('inky');
      await pass(70_000);
      assert.equal(events.length, before, phase);
      const { heard: isHeard, phase: now, nextAttemptAtMs } = source.facts();
      assert.deepEqual([isHeard, now, nextAttemptAtMs], [false, 'stopped', null], phase);
      await until('all is closed', () => subject.open() === 0);
    };
    start();
    await isStopped('at once');
    start();
    await pass(30);
    await isStopped('on its way');
    start();
    await heard(subject);
    await isStopped('heard');
    assert.equal(kinds(subject).at(-1), 'disconnected');
    start();
    await heard(subject);
    subject.refuseNext();
    subject.lose();
    await until('it waits', () => source.facts().phase === 'waiting');
    await isStopped('waiting');
    start();
    await heard(subject);
  });

  promise('texts come in without what drives a terminal or turns what stands beside them', async (subject) => {
    subject.start();
    await heard(subject);
    subject.give('\u202einky\u0000\u001b[31m');
    await subject.until('it is heard', () => subject.credited() === 1);
    const name = subject.events.find(isGiven)?.user?.name ?? '';
    assert.match(name, /^inky ?\[31m$/);
  });

  promise('while the disk is full nothing piles up here without a bound, and nothing is lost', async (subject) => {
    subject.start();
    await heard(subject);
    subject.disk.isFull = true;
    for (let number = 0; number < 5_000; number += 1) subject.give('inky');
    await subject.pass(60_000);
    assert.equal(subject.credited(), 0);
    assert.ok(subject.inbox.waiting < 4_500, `${subject.inbox.waiting} wait`);
    assert.equal(subject.source.facts().heard, true, 'a full disk is no silence');
    subject.disk.isFull = false;
    await subject.until('all are credited', () => subject.credited() === 5_000);
    assert.equal(subject.inbox.lost, 0);
  });
}
