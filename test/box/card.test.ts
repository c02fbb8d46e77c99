import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootFiles } from '../../src/commands/boot-files.ts';
import { heardConsole } from '../commands/heard-console.ts';

const shipped = (name: string) => readFileSync(join(import.meta.dirname, '../../config', name), 'utf8');

/** A card, the settings, and what lies beside them, each in a folder. */
function box(context: { after(task: () => void): void }) {
  const root = mkdtempSync(join(tmpdir(), 'livepen-card-'));
  context.after(() => rmSync(root, { recursive: true }));
  const folder = (name: string) => {
    mkdirSync(join(root, name));
    return join(root, name);
  };
  const [boot, settings, state, service, units] = ['boot', 'etc', 'state', 'service', 'units'].map(folder);
  if (!boot || !settings || !state || !service || !units) throw new Error('unreachable');
  for (const name of ['livepen.toml', 'gifts.json']) writeFileSync(join(settings, name), shipped(name));
  const console = heardConsole();
  const dropIns = join(import.meta.dirname, '../../systemd/drop-ins');
  const options = { boot, settings, state, service, units, 'drop-ins': dropIns };
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  };
  return {
    said: console.said,
    start: (writeBack = false) =>
      bootFiles.run({ words: [], options: { ...options, 'write-back': writeBack } }, console),
    boot,
    lay: (name: string, text: string | Uint8Array) => writeFileSync(join(boot, name), text),
    take: (name: string) => rmSync(join(boot, name)),
    card: (name: string) => read(join(boot, name)),
    inForce: (name: string) => read(join(settings, name)),
    edit: (name: string, text: string) => writeFileSync(join(settings, name), text),
    changedAt: (name: string) => statSync(join(boot, name)).mtimeMs,
    dropIn: () => read(join(units, 'livepen.service.d/50-button.conf')),
    signIn: (text: string) => writeFileSync(join(service, 'sign-in-link'), text),
  };
}

test('a good file is taken over once, and what is changed later elsewhere is not undone by it', async (context) => {
  const it = box(context);
  it.lay('livepen.toml', shipped('livepen.toml').replace('leds = 8', 'leds = 30'));
  await it.start();
  assert.match(it.inForce('livepen.toml') ?? '', /leds = 30/);
  it.edit('livepen.toml', shipped('livepen.toml').replace('leds = 8', 'leds = 12'));
  await it.start();
  assert.match(it.inForce('livepen.toml') ?? '', /leds = 12/);
  it.lay('livepen.toml', shipped('livepen.toml').replace('leds = 8', 'leds = 31'));
  await it.start();
  assert.match(it.inForce('livepen.toml') ?? '', /leds = 31/);
});

test('a file as Windows saves it is taken over, with a byte order mark and .txt appended', async (context) => {
  const it = box(context);
  it.lay(
    'livepen.toml.txt',
    `\uFEFF${shipped('livepen.toml').replace('leds = 8', 'leds = 30').replaceAll('\n', '\r\n')}`,
  );
  await it.start();
  assert.match(it.inForce('livepen.toml') ?? '', /leds = 30/);
});

test('a bad file changes nothing, and a text beside it says all that is wrong; mending it takes the text away', async (context) => {
  const it = box(context);
  const before = it.inForce('livepen.toml');
  it.lay('livepen.toml', shipped('livepen.toml').replace('leds = 8', 'leds = 0').replace('upMm = 5', 'upMm = "5"'));
  assert.equal(await it.start(), 0);
  assert.equal(it.inForce('livepen.toml'), before);
  const told = it.card('livepen-error.txt') ?? '';
  assert.match(told, /did not take over livepen\.toml/);
  assert.match(told, /light\.leds = 0/);
  assert.match(told, /pen\.upMm = "5"/);
  assert.doesNotMatch(told, /\/etc|livepen-card-/, 'names of files on the card only');
  const written = it.changedAt('livepen-error.txt');
  await it.start();
  assert.equal(it.changedAt('livepen-error.txt'), written, 'the same text is not written again');
  it.lay('livepen.toml', shipped('livepen.toml').replace('leds = 8', 'leds = 9'));
  await it.start();
  assert.equal(it.card('livepen-error.txt'), null);
  assert.match(it.inForce('livepen.toml') ?? '', /leds = 9/);
});

test('of two files the good one is taken over when the other one is bad', async (context) => {
  const it = box(context);
  it.lay('livepen.toml', shipped('livepen.toml').replace('leds = 8', 'leds = 30'));
  it.lay('gifts.json', '{ "version": 1, "gifts": [ { "name": "Rose", "row": "no such row" } ] }');
  await it.start();
  assert.match(it.inForce('livepen.toml') ?? '', /leds = 30/);
  assert.equal(it.inForce('gifts.json'), shipped('gifts.json'));
  assert.match(it.card('livepen-error.txt') ?? '', /gifts\.json.*no such row/s);
});

test('of two bad files it is told what is wrong with each', async (context) => {
  const it = box(context);
  it.lay('livepen.toml', shipped('livepen.toml').replace('leds = 8', 'leds = 0'));
  it.lay('gifts.json', '{ "version": 1');
  await it.start();
  assert.match(
    it.card('livepen-error.txt') ?? '',
    /livepen\.toml and gifts\.json.*light\.leds = 0.*gifts\.json has problems/s,
  );
});

test('two files that are good only together are taken over together', async (context) => {
  const it = box(context);
  it.lay('livepen.toml', shipped('livepen.toml').replace('id = "10"', 'id = "ten"'));
  it.lay('gifts.json', '{ "version": 1, "gifts": [ { "name": "Confetti", "row": "ten" } ] }');
  await it.start();
  assert.match(it.inForce('gifts.json') ?? '', /"ten"/);
  assert.equal(it.card('livepen-error.txt'), null);
});

test('broken settings in force are told on the card, since nobody else can tell', async (context) => {
  const it = box(context);
  it.edit('livepen.toml', '[nonsense]\n');
  await it.start();
  assert.match(it.card('livepen-error.txt') ?? '', /cannot start.*nonsense/s);
});

test('what is in force is written back with the address and the sign-in link, and only when it changed', async (context) => {
  const it = box(context);
  await it.start(true);
  const text = it.card('livepen-current.toml') ?? '';
  assert.match(text, /http:\/\/127\.0\.0\.1:8420\//);
  assert.match(text.replaceAll('\r\n', '\n'), /leds = 8/);
  const written = it.changedAt('livepen-current.toml');
  await it.start(true);
  assert.equal(it.changedAt('livepen-current.toml'), written);
  it.signIn('http://livepen.local:8420/?token=0123\n');
  await it.start(true);
  assert.match(it.card('livepen-current.toml') ?? '', /Sign in: {2}http:\/\/livepen\.local:8420\/\?token=0123\r\n/);
});

test('what a driver needs beyond the rest is opened when the config names it, and closed again', async (context) => {
  const it = box(context);
  await it.start();
  assert.equal(it.dropIn(), null);
  it.edit(
    'livepen.toml',
    shipped('livepen.toml')
      .replace('[button]', '[button]\ndriver = "gpiod"')
      .replace(/driver = "auto" +# "auto": "input".*\n/, ''),
  );
  await it.start();
  assert.match(it.dropIn() ?? '', /char-gpiochip rw/);
  it.edit('livepen.toml', shipped('livepen.toml'));
  await it.start();
  assert.equal(it.dropIn(), null);
});

test('a machine without a boot partition has nothing to take over', async (context) => {
  const it = box(context);
  assert.equal(
    await bootFiles.run(
      { words: [], options: { boot: '/no/such/folder', settings: '/no/such/folder' } },
      heardConsole(),
    ),
    0,
  );
  assert.deepEqual(it.said, []);
});

test('a folder under the name of a file, and a file that is no page or two, are told like anything else that is wrong', async (context) => {
  const it = box(context);
  mkdirSync(join(it.boot, 'livepen.toml'));
  it.lay('gifts.json', Buffer.alloc(50_000_000, '{'));
  assert.equal(await it.start(), 0);
  assert.match(
    it.card('livepen-error.txt') ?? '',
    /livepen\.toml has a problem:\s+the file is a folder.*\r\ngifts\.json is larger than 1 MB/s,
  );
  rmSync(join(it.boot, 'livepen.toml'), { recursive: true });
  it.take('gifts.json');
  await it.start();
  assert.equal(it.card('livepen-error.txt'), null);
});

test('a card that takes no more does not keep the service from what its driver needs, and keeps what lies on it', async (context) => {
  const it = box(context);
  it.edit(
    'livepen.toml',
    `${shipped('livepen.toml').replace(/^driver = "auto" +# "auto": "input".*\n/m, 'driver = "onoff"\n')}`,
  );
  it.lay('gifts.json', '{');
  // A folder in the place of the file that would be written: a disk error that root meets too.
  mkdirSync(join(it.boot, 'livepen-error.txt.new'));
  assert.equal(await it.start(), 1);
  assert.match(it.dropIn() ?? '', /ProtectKernelTunables=no/);
  assert.match(it.said.join(), /gifts\.json has problems.*could not be read or written/s);
});

test('a file that does not fit is not put in the place of the old one', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-full-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'config.txt'), 'old');
  // A process that may write 1,000 bytes a file, which is told so as by a full disk: with a short write first.
  const script = `import { putFile } from ${JSON.stringify(new URL('../../src/commands/card/files.ts', import.meta.url))};
    process.on('SIGXFSZ', () => {});
    try { putFile(${JSON.stringify(join(folder, 'config.txt'))}, 'n'.repeat(5_000)); } catch (error) { console.log(error.code); }`;
  const words = ['-c', 'ulimit -f 1; exec "$0" --input-type=module -e "$1"', process.execPath, script];
  assert.equal(execFileSync('sh', words, { encoding: 'utf8' }).trim(), 'EFBIG');
  assert.deepEqual(readdirSync(folder), ['config.txt']);
  assert.equal(readFileSync(join(folder, 'config.txt'), 'utf8'), 'old');
});

test('a service whose sandbox forbids chown puts its files in their places: they are its own already', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-own-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const script = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    fs.chownSync = () => { throw Object.assign(new Error('EPERM: operation not permitted, chown'), { code: 'EPERM' }); };
    syncBuiltinESMExports();
    process.getuid = () => 1000;
    const { putFile } = await import(${JSON.stringify(new URL('../../src/commands/card/files.ts', import.meta.url))});
    console.log(putFile(${JSON.stringify(join(folder, 'worker-token'))}, 'a token', 0o600));`;
  const words = ['--input-type=module', '--eval', script];
  assert.equal(execFileSync(process.execPath, words, { encoding: 'utf8' }).trim(), 'true');
  assert.equal(statSync(join(folder, 'worker-token')).mode & 0o777, 0o600);
});
