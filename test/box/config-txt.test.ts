import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  applyConfigTxt,
  type ConfigTxtSettings,
  configTxt,
  configTxtLines,
  undoConfigTxt,
} from '../../src/commands/config-txt.ts';
import { heardConsole } from '../commands/heard-console.ts';

const settings: ConfigTxtSettings = { pin: 17, driver: 'auto' };
const shipped = '# For more options see the documentation\ndtparam=audio=on\n[all]\nenable_uart=1\n';

test('our lines come at the end, between two marks, and go again without a trace', () => {
  const applied = applyConfigTxt(shipped, settings);
  assert.ok(applied.startsWith(shipped));
  for (const line of configTxtLines(settings)) assert.ok(applied.split('\n').includes(line), line);
  assert.equal(undoConfigTxt(applied), shipped);
});

test('applying twice is applying once, and a new pin takes the place of the old one', () => {
  const once = applyConfigTxt(shipped, settings);
  assert.equal(applyConfigTxt(once, settings), once);
  const moved = applyConfigTxt(once, { ...settings, pin: 27 });
  assert.match(moved, /gpio=27/);
  assert.doesNotMatch(moved, /gpio=17/);
});

test('whatever stands in config.txt, it stands there as before after an undo', () => {
  const line = fc.constantFrom('dtparam=spi=on', '[pi4]', '', '# note', 'arm_boost=1', 'dtoverlay=vc4-kms-v3d');
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean(), (lines, newline, isEnded) => {
      const text = lines.join(newline) + (isEnded ? newline : '');
      const once = applyConfigTxt(text, settings);
      assert.equal(undoConfigTxt(once), text);
      assert.equal(undoConfigTxt(applyConfigTxt(once, { ...settings, pin: 27 })), text);
    }),
  );
});

test('the key code is set: the usual one of the overlay switches the Pi off', () => {
  assert.ok(configTxtLines(settings).some((line) => /^dtoverlay=gpio-key,.*keycode=256/.test(line)));
});

test('a line that somebody wrote behind ours counts for the models that it counted for, when the pin changes', () => {
  const text = `[cm5]\ndtoverlay=dwc2\n`;
  const written = `${applyConfigTxt(text, settings)}dtparam=audio=off\n`;
  assert.match(applyConfigTxt(written, { ...settings, pin: 27 }), /gpio=27[\s\S]*\[all\][\s\S]*\ndtparam=audio=off\n$/);
  assert.equal(undoConfigTxt(written), `${text}[all]\ndtparam=audio=off\n`);
});

test('a file in any encoding comes back byte for byte', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-config-txt-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config.txt');
  const bytes = Buffer.concat([
    Buffer.from('\uFEFF# f\u00fcr '),
    Buffer.from([0xfc, 0xff, 0]),
    Buffer.from('\r\n[pi4]'),
  ]);
  writeFileSync(file, bytes);
  const console = heardConsole();
  for (const act of ['apply', 'undo'])
    assert.equal(await configTxt.run({ words: [act], options: { file, config: join(folder, 'none') } }, console), 0);
  assert.deepEqual(readFileSync(file), bytes);
});

test('a pin has one owner: the overlay is only for the driver that reads its key, and onoff needs the pull-up', () => {
  const button = (driver: ConfigTxtSettings['driver']) =>
    configTxtLines({ pin: 5, driver }).filter((line) => /gpio=5/.test(line));
  assert.deepEqual(button('input'), button('auto'));
  assert.match(button('input').join(), /^dtoverlay=gpio-key,gpio=5,/);
  assert.deepEqual([button('gpiod'), button('onoff'), button('none')], [[], ['gpio=5=pu'], []]);
});
