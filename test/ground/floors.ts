/**
 * The rooms of `src`, from the top down: imports go down only, and rooms on one floor do not import each other. What
 * the machine has (clock, log, systemd) only commands know; all others reach it through interfaces of `domain`.
 */
export const floors: readonly (readonly string[])[] = [
  ['commands'],
  ['api', 'worker', 'system'],
  ['appliance', 'simulators'],
  ['rules'],
  ['sources', 'gifts', 'drawing', 'ledger', 'marlin', 'panel', 'config'],
  ['domain'],
];

/** What the machine has is not reached from here at all. */
export const pureRooms: readonly string[] = ['domain', 'gifts', 'rules', 'drawing'];

/** What a client of the appliance knows of its rooms. */
const clientsRooms: readonly string[] = ['domain', 'config'];

/** Why a file of `src` may not import this; null when it may. */
export function refusedImport(path: string, from: string): string | null {
  const room = roomOf(path);
  if (/^node:timers/.test(from) && room !== 'system') return 'time comes in as an argument: use the clock';
  if (from.startsWith('node:') && pureRooms.includes(room ?? '')) return `${room} is pure: it comes in as an argument`;
  if (!from.startsWith('src/')) return null;
  const target = roomOf(from);
  if (room === null || room === target) return null;
  if (target === null) return 'nobody imports main.ts';
  const [above, below] = [floorOf(room), floorOf(target)];
  if (room === 'worker' && !clientsRooms.includes(target))
    return 'the worker is a client of the appliance: it knows the words of domain and how configs are read';
  if (room === 'system' && target !== 'domain') return 'system knows no other room than domain';
  return below > above ? null : `imports go down only: ${room} may not know ${target}`;
}

/** The room that a file of `src` stands in; null for `main.ts`. */
function roomOf(path: string): string | null {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function floorOf(room: string): number {
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  if (floor < 0) throw new Error(`src/${room} stands on no floor: add it to test/ground/floors.ts`);
  return floor;
}
