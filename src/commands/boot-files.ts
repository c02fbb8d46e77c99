import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { putFile, readOrNull, readStartOrNull } from './card/files.ts';
import { checkSettings, currentText, type Taken, takeOver } from './card/take-over.ts';
import { type Arguments, type Command, type Console, exit, whyOf } from './command.ts';
import { addressOf, isLoopback } from './tokens.ts';

const takenForm = v.object({ 'livepen.toml': v.optional(v.string()), 'gifts.json': v.optional(v.string()) });
const errorFile = 'livepen-error.txt';
const currentFile = 'livepen-current.toml';
const dropInFolder = 'livepen.service.d';
const settingsMode = 0o660;
/** What is larger is refused for its size; more of it need not be read to say so. */
const cardBytesMax = 1_000_001;

/** Where the files lie; options so that a test can have folders of its own. */
interface Folders {
  readonly boot: string;
  readonly settings: string;
  readonly state: string;
  readonly service: string;
  readonly units: string;
  readonly dropIns: string;
}

const defaults: Folders = {
  boot: '/boot/firmware',
  settings: '/etc/livepen',
  state: '/var/lib/livepen-boot',
  service: '/var/lib/livepen',
  units: '/run/systemd/system',
  dropIns: '/usr/lib/livepen/drop-ins',
};

export const bootFiles: Command = {
  name: 'boot-files',
  summary: 'take over settings from the boot partition (at each start)',
  usage: 'boot-files [--write-back] [--boot FOLDER] [--settings FOLDER]',
  details: [
    'Takes livepen.toml and gifts.json from the boot partition into the settings, if they',
    'changed since they were last taken over and are valid; if not, livepen-error.txt beside',
    'them says what is wrong, and the previous settings stay. Systemd runs it.',
    '',
    '  --write-back        instead, write what is in force to livepen-current.toml there',
    `  --boot FOLDER       the boot partition (default ${defaults.boot})`,
    `  --settings FOLDER   the settings (default ${defaults.settings})`,
  ].join('\n'),
  options: {
    'write-back': { type: 'boolean' },
    boot: { type: 'string' },
    settings: { type: 'string' },
    state: { type: 'string' },
    service: { type: 'string' },
    units: { type: 'string' },
    'drop-ins': { type: 'string' },
  },
  run: async (args, console) => {
    const folders = foldersOf(args);
    const steps =
      args.options['write-back'] === true
        ? [() => writeBack(folders, console)]
        : // Whatever the card is like, the service gets what the settings in force need.
          [() => takeFiles(folders, console), () => openForDriver(folders, console)];
    const done = steps.map((step) => attempt(step, console));
    return done.every(Boolean) ? exit.ok : exit.failed;
  },
};

/** Says what a disk or a card refuses; returns whether it took it. */
function attempt(step: () => void, console: Console): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    console.err(`The boot partition could not be read or written: ${whyOf(error, console)}.`);
    return false;
  }
}

function foldersOf({ options }: Arguments): Folders {
  const folder = (name: string, otherwise: string) => {
    const given = options[name];
    return typeof given === 'string' ? given : otherwise;
  };
  return {
    boot: folder('boot', defaults.boot),
    settings: folder('settings', defaults.settings),
    state: folder('state', defaults.state),
    service: folder('service', defaults.service),
    units: folder('units', defaults.units),
    dropIns: folder('drop-ins', defaults.dropIns),
  };
}

function takeFiles({ boot, settings, state }: Folders, console: Console): void {
  if (!isFolder(boot)) return;
  mkdirSync(state, { recursive: true });
  const read = (path: string) => readStartOrNull(path, cardBytesMax);
  const { files, taken, error } = takeOver(boot, settings, readTaken(state), read);
  for (const [name, bytes] of Object.entries(files)) {
    putFile(join(settings, name), bytes, settingsMode);
    console.out(`${name} was taken over from the boot partition.`);
  }
  // After the settings: cut off in between, they are taken over once more, which changes nothing.
  putFile(join(state, 'taken.json'), JSON.stringify(taken));
  if (error !== null) console.err(error.trim());
  const file = join(boot, errorFile);
  if (error === null) rmSync(file, { force: true });
  else putFile(file, error.replaceAll('\n', '\r\n'));
}

/** The unit opens only what every box needs; what a driver needs beyond that is opened when the config names it. */
function openForDriver({ settings, units, dropIns }: Folders, console: Console): void {
  const checked = checkSettings(join(settings, 'livepen.toml'), (path) => {
    const bytes = readOrNull(path);
    if (bytes === null) throw Object.assign(new Error(`${path} does not exist`), { code: 'ENOENT' });
    return bytes;
  });
  if (!checked.ok || !isFolder(units)) return;
  const wanted = readOrNull(join(dropIns, `button-${checked.config.button.driver}.conf`));
  const target = join(units, dropInFolder, '50-button.conf');
  const isThere = readOrNull(target) !== null;
  if (wanted === null && !isThere) return;
  if (wanted === null) {
    rmSync(target);
  } else {
    mkdirSync(join(units, dropInFolder), { recursive: true });
    if (!putFile(target, wanted)) return;
  }
  console.out(`The service may now use what [button] driver = "${checked.config.button.driver}" needs.`);
  if (units === defaults.units) execFileSync('systemctl', ['daemon-reload'], { stdio: 'inherit' });
}

function writeBack({ boot, settings, service }: Folders, console: Console): void {
  if (!isFolder(boot)) return;
  const path = join(settings, 'livepen.toml');
  const checked = checkSettings(path, (file) => readOrNull(file) ?? new Uint8Array());
  const bytes = readOrNull(path);
  if (!checked.ok || bytes === null) return;
  const signIn = readOrNull(join(service, 'sign-in-link'));
  const { api } = checked.config;
  const text = currentText(new TextDecoder().decode(bytes), {
    address: addressOf(api),
    isLocal: isLoopback(api.host),
    signIn: signIn === null ? null : new TextDecoder().decode(signIn).trim(),
  });
  if (putFile(join(boot, currentFile), text.replaceAll(/\r?\n/g, '\r\n'))) {
    console.out(`The settings in force are in ${currentFile} on the boot partition.`);
  }
}

function readTaken(state: string): Taken {
  const bytes = readOrNull(join(state, 'taken.json'));
  if (bytes === null) return {};
  try {
    const checked = v.safeParse(takenForm, JSON.parse(new TextDecoder().decode(bytes)));
    if (!checked.success) return {};
    const { 'livepen.toml': config, 'gifts.json': gifts } = checked.output;
    return {
      ...(config === undefined ? {} : { 'livepen.toml': config }),
      ...(gifts === undefined ? {} : { 'gifts.json': gifts }),
    };
  } catch {
    // Not JSON: a former version, or a disk that lost it. Then the files are taken over once more.
    return {};
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
