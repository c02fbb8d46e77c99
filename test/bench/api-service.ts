import { createApi, localOptions } from '../../src/api/app.ts';
import { listen } from '../../src/commands/api-server.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { PortFinder } from '../../src/marlin/wire/port.ts';
import { serialPorts } from '../../src/marlin/wire/serial-port.ts';
import { systemClock } from '../../src/system/clock.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import { runWorld } from '../appliance/world.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';

/**
 * A process with the appliance and its API, that knows when it came to read each `ok` of the plotter on a port. With the
 * token of a worker it has a rule that each gift fires; told `flood`, gifts come until it is told `calm`.
 */
const [path = '', workerToken = null] = process.argv.slice(2);
const giftsPerSecond = 600;
const flooded = [
  { webhook: { to: 'friends', data: { who: '{displayName}' } } },
  { osc: { address: '/avatar/parameters/Wave', args: [true] } },
  { log: '{displayName} gave {giftName}' },
];
const readMs: number[] = [];
let line = '';

const ports: PortFinder = {
  list: async () => [{ path, id: 'bench', byPath: null, sharedName: null }],
  open: (its, baudRate, handlers) =>
    serialPorts(clock).open(its, baudRate, {
      ...handlers,
      heard(text) {
        const nowMs = Number(process.hrtime.bigint()) / 1e6;
        const lines = `${line}${text}`.split('\n');
        line = lines.pop() ?? '';
        for (const each of lines) if (each.startsWith('ok')) readMs.push(nowMs);
        handlers.heard(text);
      },
    }),
};

/** Room for more strokes than the bench draws. */
const layout = {
  ...smallLayout,
  paper: { widthMm: 297, heightMm: 210, marginMm: 10, offsetXMm: 0, offsetYMm: 0 },
  stroke: { lengthMm: 10, spacingMm: 1, feedMmPerMin: 9000 },
  rows: Array.from({ length: 12 }, (_, n) => ({
    id: `${n + 1}`,
    name: `Row ${n + 1}`,
    yMm: 180 - n * 14,
    maxStrokes: 260,
  })),
};

const clock = systemClock();
const rule = { name: 'each', on: 'gift', [does]: flooded };
const rules = workerToken === null ? null : deskOf(JSON.stringify({ rules: [rule] })).desk;
const world = runWorld(clock, {
  layout,
  ports,
  gifts: '{"version": 1, "gifts": []}',
  ...(rules === null ? {} : { rules }),
});
const api = createApi(world.appliance, { ...localOptions(clock, silentLog, '1.2.3'), workerToken, rules });
const listening = await listen(api.app, '127.0.0.1', 0);
if (!listening.ok) throw new Error(listening.what);
const { operator } = world.appliance;
world.appliance.start();
await until(() => world.appliance.state().name === 'needs-sheet');
operator.paperChanged();
for (const { id } of layout.rows) operator.credit(id, 260, '', 'a bench');
await until(() => world.appliance.status().strokes.drawn > 10);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

let given = 0;
let isFlooded = false;
async function flood(): Promise<void> {
  const beganMs = performance.now();
  const before = given;
  while (isFlooded) {
    const due = before + Math.floor(((performance.now() - beganMs) / 1000) * giftsPerSecond);
    for (; given < due; given += 1) world.source.give('Rose', 1, `viewer ${given % 500}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

process.on('message', (message) => {
  const wasFlooded = isFlooded;
  isFlooded = message === 'flood';
  if (isFlooded && !wasFlooded) void flood();
  if (message !== 'tell') return;
  const { drawn, pending } = world.appliance.status().strokes;
  process.send?.({ given, readMs, drawn, pending, state: world.appliance.state().name });
});
process.on('disconnect', async () => {
  api.close();
  await listening.close();
  await world.close();
  process.exit(0);
});
process.send?.({ url: listening.url });
