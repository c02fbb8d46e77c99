import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buttonGpio, hardwareFiles } from '../../deploy/hardware/build.ts';
import { dataGpio, wires } from '../../deploy/hardware/pins.ts';
import { parseConfig } from '../../src/config/load.ts';
import { applianceStates } from '../../src/domain/appliance-state.ts';
import { spiHz } from '../../src/panel/light/ws281x.ts';
import { countdownMs } from '../../src/panel/scene.ts';

const folder = join(import.meta.dirname, '../../hardware');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const readme = read('README.md');
const shipped = parseConfig(readFileSync(join(folder, '../config/livepen.toml'), 'utf8'), 'livepen.toml');
assert.ok(shipped.ok);
const { config } = shipped;

test('the drawings and the lines of config.txt are those that the code makes: node deploy/hardware/build.ts', () => {
  for (const [name, content] of Object.entries(hardwareFiles())) assert.equal(read(name), content, name);
});

test('the pins of the page, the drawing and the shipped config are the same', () => {
  assert.equal(config.button.pin, buttonGpio);
  for (const { pin, name } of Object.values(wires(config.button.pin))) {
    assert.ok(readme.includes(`| pin ${pin} (${name})`), `pin ${pin} (${name})`);
  }
  assert.equal(dataGpio, 10);
  assert.match(config.light.device, /spidev0\.0$/, 'the bus whose data line is GPIO10');
});

test('the page shows the lines of config.txt as they are written', () => {
  assert.ok(readme.includes(`\`\`\`\n${read('config.txt')}\`\`\``));
});

test('the card has a film for every state, and each has its words', () => {
  const films = read('legend.svg').match(/fill="#101010"/g)?.length ?? 0;
  assert.ok(films >= applianceStates.length + 1, `${films} films`);
});

test('what the page says in figures holds', () => {
  assert.equal(config.plotter.baudRate, 250_000);
  assert.equal(config.plotter.certainAfterMoves, 16);
  assert.equal(config.light.brightness, 0.3);
  assert.equal(config.stroke.feedMmPerMin, 9_000);
  assert.equal(countdownMs, 3_000);
  assert.equal(spiHz, 2_400_000);
});

test('every file that the page names is there', () => {
  const names = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, name]) => name ?? '');
  const there = readdirSync(folder);
  for (const name of names) assert.ok(there.includes(name), name);
});
