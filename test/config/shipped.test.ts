import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { layOut } from '../../src/drawing/layout.ts';
import { parseGiftMap } from '../../src/gifts/gift-map.ts';

const folder = join(import.meta.dirname, '../../config');
const path = join(folder, 'livepen.toml');

function shippedConfig() {
  const result = loadConfig(path, {
    readFile: (name) => readFileSync(name),
    checkLayout: (input) => {
      const laidOut = layOut(input);
      return laidOut.ok ? [] : laidOut.problems;
    },
  });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

test('the shipped config is sound, its rows lie on bed and paper, and 151 strokes fit in each of the ten', () => {
  const config = shippedConfig();
  const laidOut = layOut(config);
  assert.ok(laidOut.ok);
  assert.equal(laidOut.layout.rows.length, 10);
  for (const row of laidOut.layout.rows) assert.equal(row.capacity, 151);
});

test('the shipped config is safe: nothing moves before a person confirmed the origin, nobody else reaches the API', () => {
  const config = shippedConfig();
  assert.equal(config.plotter.origin, 'confirm');
  assert.equal(config.plotter.trustPark, false);
  assert.equal(config.api.host, '127.0.0.1');
  assert.equal(config.lives[0].user, null);
});

test('the shipped config says what the program would assume without it', () => {
  const text = readFileSync(path, 'utf8');
  const commented = (section: string) => text.replace(new RegExp(`^\\[${section}\\].*?(?=^\\[)`, 'ms'), '');
  const shipped = shippedConfig();
  for (const section of [
    'plotter',
    'bed',
    'paper',
    'pen',
    'stroke',
    'sheet',
    'drawing',
    'api',
    'button',
    'light',
    'retention',
    'log',
  ] as const) {
    const without = loadConfig(path, { readFile: () => new TextEncoder().encode(commented(section)) });
    assert.ok(without.ok, section);
    assert.deepEqual(without.config[section], shipped[section]);
  }
});

test('every gift of the shipped map fills its own row first and then overflows into all the others', () => {
  const config = shippedConfig();
  const text = readFileSync(config.gifts.file, 'utf8');
  const rowIds = config.rows.map(({ id }) => id);
  const result = parseGiftMap(text, rowIds);
  assert.ok(result.ok, JSON.stringify(result));
  for (const [index, row] of config.rows.entries()) {
    const payment = result.map.byName.get(row.name.toLowerCase());
    assert.deepEqual(payment, {
      rows: [...rowIds.slice(index), ...rowIds.slice(0, index)],
      strokes: 1,
      per: 'gift',
    });
  }
});

test('what the shipped config only suggests is sound, too, with the # taken away', () => {
  const shipped = readFileSync(path, 'utf8');
  for (const section of ['servo', 'penLines', 'lettering']) {
    const text = uncommented(shipped, section);
    assert.notEqual(text, shipped, section);
    const result = loadConfig(path, {
      readFile: () => new TextEncoder().encode(text),
      checkLayout: (input) => {
        const laidOut = layOut(input);
        return laidOut.ok ? [] : laidOut.problems;
      },
    });
    assert.ok(result.ok, `${section}: ${JSON.stringify(result)}`);
  }
});

/** The text with one of its commented sections in force: its head and all lines up to one that is no setting. */
function uncommented(text: string, section: string): string {
  const from = text.indexOf(`# [${section}]`);
  const lines = text.slice(Math.max(0, from)).split('\n');
  const end = lines.findIndex((line, index) => index > 0 && !/^# \w+ = /.test(line));
  return (
    text.slice(0, Math.max(0, from)) + lines.map((line, i) => (i < end ? line.replace(/^# /, '') : line)).join('\n')
  );
}
