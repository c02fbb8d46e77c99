import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyConfigTxt, configTxtLines, undoConfigTxt } from '../../src/commands/card/config-txt.ts';

const settings = { buttonPin: 17 };
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
  const moved = applyConfigTxt(once, { buttonPin: 27 });
  assert.match(moved, /gpio=27/);
  assert.doesNotMatch(moved, /gpio=17/);
});

test('whatever stands in config.txt, it stands there as before after an undo', () => {
  const line = fc.constantFrom('dtparam=spi=on', '[pi4]', '', '# note', 'arm_boost=1', 'dtoverlay=vc4-kms-v3d');
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, newline) => {
      const text = lines.map((each) => each + newline).join('');
      assert.equal(undoConfigTxt(applyConfigTxt(text, settings)), text);
    }),
  );
});

test('the key code is set: the usual one of the overlay switches the Pi off', () => {
  assert.ok(configTxtLines(settings).some((line) => /^dtoverlay=gpio-key,.*keycode=256/.test(line)));
});
