import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { applianceSettings, openRules, plotterSettings, readSettings } from '../../src/commands/settings.ts';
import { silentLog } from '../../src/domain/log.ts';
import { mpcncLimits } from '../../src/domain/motion.ts';
import { smallestConfig } from '../config/texts.ts';
import { does } from '../rules/rule-events.ts';

test('a gift map that was written into keeps its rights and its owner: the service reads it after root mapped a gift', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-settings-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'livepen.toml');
  const map = join(folder, 'gifts.json');
  writeFileSync(config, smallestConfig);
  writeFileSync(map, '{"Rose": "1"}');
  chmodSync(map, 0o660);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(map, 12_345, 12_346);
  const { uid, gid } = statSync(map);
  const read = readSettings(config, silentLog, undefined);
  assert.ok(read.ok);
  assert.ok(read.settings.gifts.map('GG', ['1']).ok);
  assert.match(readFileSync(map, 'utf8'), /GG/);
  const after = statSync(map);
  assert.deepEqual([after.mode & 0o777, after.uid, after.gid], [0o660, uid, gid]);
});

test('a full disk leaves the rules as they were, in the file and in force, and nothing beside them', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-settings-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'livepen.toml');
  const file = join(folder, 'rules.json');
  writeFileSync(config, `${smallestConfig}\n[rules]\nfile = "rules.json"\n`);
  writeFileSync(join(folder, 'gifts.json'), '{"Rose": "1"}');
  const rule = { name: 'rose', on: 'gift', [does]: [{ log: 'x' }] };
  const text = JSON.stringify({ rules: [rule] });
  writeFileSync(file, text);
  const read = readSettings(config, silentLog, undefined);
  assert.ok(read.ok);
  const desk = await openRules(read.settings, silentLog);
  assert.ok(desk);
  const changes = [
    () => desk.put('rose', { ...rule, enabled: false }),
    () => desk.put('other', rule),
    () => desk.remove('rose'),
    () => desk.replaceAll([]),
  ];
  for (const change of changes) {
    symlinkSync('/dev/full', `${file}.new`);
    const changed = change();
    assert.ok(changed !== null && !changed.ok);
    assert.equal(changed.fault.code, 'rules-unwritten');
    assert.match(changed.fault.what, /full|space/);
    assert.equal(readFileSync(file, 'utf8'), text);
    assert.deepEqual(
      desk.list().map(({ name, enabled }) => `${name} ${enabled}`),
      ['rose true'],
    );
    assert.deepEqual(readdirSync(folder).toSorted(), ['gifts.json', 'livepen.toml', 'rules.json']);
  }
  for (const change of changes) assert.ok(change()?.ok);
  assert.deepEqual(desk.list(), []);
});

test('what the system says of a config or a gift map that cannot be read is in the log at debug, and nowhere else', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-settings-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'livepen.toml');
  const map = join(folder, 'gifts.json');
  const debug: string[] = [];
  const log = { ...silentLog, debug: (sentence: string) => void debug.push(sentence) };
  mkdirSync(config);
  const withoutConfig = readSettings(config, log, undefined);
  rmSync(config, { recursive: true });
  writeFileSync(config, smallestConfig);
  mkdirSync(map);
  const withoutMap = readSettings(config, log, undefined);
  for (const [read, file] of [
    [withoutConfig, config],
    [withoutMap, map],
  ] as const) {
    assert.ok(!read.ok);
    assert.doesNotMatch(read.problems, /EISDIR/);
    assert.ok(
      debug.some((line) => line.startsWith(file) && line.includes('EISDIR')),
      debug.join('\n'),
    );
  }
});

test('an acceleration of the config goes to the plotter at each start and into the estimate, and is never saved there', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-settings-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'livepen.toml');
  writeFileSync(join(folder, 'gifts.json'), '{"Rose": "1"}');
  const settingsOf = (plotter: string) => {
    writeFileSync(config, `${smallestConfig}\n[plotter]\n${plotter}\n[lines]\nstart = ["M106 S1"]\n`);
    const read = readSettings(config, silentLog, undefined);
    assert.ok(read.ok, 'problems' in read ? read.problems : '');
    const { startLines } = plotterSettings(read.settings.config);
    return { startLines, limits: applianceSettings(read.settings.config).limits };
  };
  const set = settingsOf('acceleration = 400\njunctionDeviation = 0.02');
  assert.deepEqual(set.startLines, ['M201 X400 Y400', 'M204 P400 T400', 'M205 J0.02', 'M106 S1']);
  assert.deepEqual(
    [set.limits.acceleration, set.limits.maxAcceleration, set.limits.junctionDeviationMm],
    [400, [400, 400, 80], 0.02],
  );
  const shipped = settingsOf('');
  assert.deepEqual(shipped.startLines, ['M106 S1']);
  assert.deepEqual(shipped.limits, mpcncLimits);
  // Marlin refuses a junction deviation below 0.01 and goes on with its own, by which the estimate would not go.
  for (const wrong of ['acceleration = 5', 'junctionDeviation = 0.009', 'junctionDeviation = 0.31']) {
    writeFileSync(config, `${smallestConfig}\n[plotter]\n${wrong}\n`);
    const refused = readSettings(config, silentLog, undefined);
    assert.ok(!refused.ok && refused.problems.includes(`plotter.${wrong}`), refused.ok ? wrong : refused.problems);
  }
});
