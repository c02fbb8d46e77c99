import { dirname } from 'node:path';
import * as v from 'valibot';
import {
  type ConfigProblem,
  inOrder,
  type PlacedProblem,
  parseToml,
  problemOf,
  type ReadFile,
  readText,
  within,
} from '../config/load.ts';
import { shownValue } from '../config/problem.ts';
import { linesOfToml } from '../config/toml.ts';
import { suggest } from '../config/unknown-keys.ts';
import { numberFrom, oneOf, textField, wholeFrom, yesOrNo } from '../config/values.ts';
import { chatActs } from '../domain/chat.ts';
import { outletName, platformName } from '../domain/outside.ts';
import { passingKinds } from '../domain/passing.ts';
import { ruleInWords } from '../domain/problems.ts';
import type { AccountChatSettings } from './outlets/account-chat.ts';
import type { ChatSettings } from './outlets/chat.ts';
import type { MqttSettings } from './outlets/mqtt.ts';
import { type NotifySettings, noticeNames } from './outlets/notify.ts';
import type { ObsSettings } from './outlets/obs.ts';
import type { OscSettings } from './outlets/osc.ts';
import type { SaySettings } from './outlets/say.ts';
import type { SoundSettings } from './outlets/sound.ts';
import { refusedAddress } from './outlets/web.ts';
import { keyOfSecret, type WebhookSettings } from './outlets/webhook.ts';
import type { PluginAddress } from './plugins/plugin-server.ts';
import {
  type AudioSettings,
  audioForm,
  audioOf,
  saySettingsForm,
  soundSettingsForm,
  wordsIn,
} from './sound/audio-settings.ts';

const listMax = 20;
const badWordsMax = 2_000;

const nameField = v.pipe(textField('a name'), v.regex(...outletName));
const secretName = v.pipe(
  textField('the name of a secret'),
  v.regex(/^[A-Z_]{1,100}$/, 'must be the name of a line of the secrets file, in capital letters and _'),
);
const host = v.pipe(textField('a host'), v.regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host, such as 192.168.1.20'));
const port = () => wholeFrom(1, 65_535, 'a port');
const platformField = v.pipe(textField('a platform'), v.regex(...platformName));
const oscStart = v.pipe(textField('an address'), v.regex(/^\/[!-~]{0,200}$/, 'must begin with / and have no blanks'));

const liveKinds = v.optional(v.array(oneOf(...passingKinds), 'must be a list of kinds'), []);

const parts = {
  audio: audioForm,
  sound: soundSettingsForm,
  say: saySettingsForm,
  obs: v.strictObject({
    address: v.pipe(
      textField('an address'),
      v.regex(/^wss?:\/\/[^\s/@]+\/?$/, 'must be an address such as ws://192.168.1.20:4455'),
    ),
    password: v.optional(secretName, 'OBS_PASSWORD'),
  }),
  chat: v.strictObject({
    platform: v.optional(platformField, ''),
    allow: v.optional(v.array(oneOf(...chatActs), 'must be a list'), []),
  }),
  accountChat: v.strictObject({
    platform: platformField,
    allow: v.optional(v.array(oneOf('announce'), 'must be a list'), []),
    address: textField('an address'),
    local: v.optional(yesOrNo(), false),
    session: secretName,
    targetIdc: secretName,
    key: secretName,
  }),
  osc: v.strictObject({
    name: nameField,
    host: v.optional(host, '127.0.0.1'),
    port: v.optional(port(), 9_000),
    pulse: v.optional(
      v.pipe(v.array(oscStart, 'must be a list'), v.maxLength(listMax, `must have at most ${listMax} entries`)),
      [],
    ),
    pulseMs: v.optional(numberFrom(20, 10_000, 'ms'), 200),
  }),
  webhook: v.strictObject({
    name: nameField,
    address: textField('an address'),
    secret: secretName,
    local: v.optional(yesOrNo(), false),
    kinds: liveKinds,
  }),
  notify: v.strictObject({
    name: nameField,
    form: oneOf('ntfy', 'discord', 'webhook'),
    address: secretName,
    local: v.optional(yesOrNo(), false),
    notices: v.optional(v.array(oneOf(...noticeNames), 'must be a list of notices'), [...noticeNames]),
  }),
  plugins: v.strictObject({
    folder: v.optional(textField('the name of a folder'), 'plugins'),
    host: v.optional(host, '127.0.0.1'),
    port: v.optional(port(), 8_430),
    names: v.optional(
      v.pipe(v.array(host, 'must be a list'), v.maxLength(listMax, `must have at most ${listMax} entries`)),
      [],
    ),
  }),
  mqtt: v.strictObject({
    host,
    port: v.optional(port(), 1_883),
    tls: v.optional(yesOrNo(), false),
    user: v.optional(textField('a name')),
    password: v.optional(secretName, 'MQTT_PASSWORD'),
    kinds: liveKinds,
    topic: v.optional(
      v.pipe(textField('a topic'), v.regex(/^[^+#\s]{1,100}$/, 'must be a topic, without + and #')),
      'livepen',
    ),
    discovery: v.optional(
      v.pipe(textField('a topic'), v.regex(/^[^+#\s]{1,100}$/, 'must be a topic, without + and #')),
      'homeassistant',
    ),
  }),
};

const listOf = <Form extends v.GenericSchema>(form: Form) =>
  v.optional(
    v.pipe(
      v.array(form, 'must be a list, in double brackets'),
      v.maxLength(listMax, `must have at most ${listMax} entries`),
    ),
    [],
  );

const workerForm = v.strictObject({
  version: v.optional(v.literal(1, 'must be 1, the only version so far'), 1),
  /** The worker's own file. */
  file: v.optional(textField('the name of a file'), 'worker.db'),
  secretsFile: v.optional(textField('the name of a file'), 'worker-secrets.env'),
  log: v.optional(v.strictObject({ lines: v.optional(yesOrNo(), true) })),
  audio: v.optional(parts.audio),
  sound: v.optional(parts.sound),
  say: v.optional(parts.say),
  obs: v.optional(parts.obs),
  chat: v.optional(parts.chat),
  accountChat: v.optional(parts.accountChat),
  osc: listOf(parts.osc),
  webhook: listOf(parts.webhook),
  notify: listOf(parts.notify),
  mqtt: v.optional(parts.mqtt),
  plugins: v.optional(parts.plugins),
});

/** Finds a secret by its name; null where there is none. */
type FindSecret = (name: string) => string | null;

/** The settings of a worker. */
export interface WorkerSettings {
  /** Its own file. */
  readonly file: string;
  readonly hasLog: boolean;
  readonly audio: AudioSettings;
  readonly sound: SoundSettings | null;
  readonly say: SaySettings | null;
  readonly obs: ObsSettings | null;
  readonly chat: ChatSettings | null;
  readonly accountChat: AccountChatSettings | null;
  readonly osc: readonly OscSettings[];
  readonly webhooks: readonly WebhookSettings[];
  readonly notify: readonly NotifySettings[];
  readonly mqtt: MqttSettings | null;
  /** The folder of plugins, and the address at which they are reached; null: there are none. */
  readonly plugins: (PluginAddress & { readonly folder: string }) | null;
}

interface ReadOptions {
  readonly readFile: ReadFile;
  /** Where files lie that the worker changes; without it, beside the config. */
  readonly stateDirectory: string | undefined;
  /** Returns a finder of secrets in a file of `NAME=value` lines; the finder throws where the file cannot be read. */
  readonly secretsIn: (file: string) => FindSecret;
}

type SettingsRead =
  | { readonly ok: true; readonly settings: WorkerSettings }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads the config of a worker; all that is wrong is reported at once. No secret is in what is reported. */
export function readWorkerSettings(path: string, options: ReadOptions): SettingsRead {
  const read = readText(path, options.readFile);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const lines = linesOfToml(read.text);
  const refuse = (problems: readonly PlacedProblem[]): SettingsRead => ({
    ok: false,
    problems: inOrder(read.file, problems, lines),
  });
  const toml = parseToml(read.text);
  if (!toml.ok) return refuse([toml.problem]);
  const checked = v.safeParse(workerForm, toml.table, { message: ruleInWords });
  if (!checked.success) return refuse(checked.issues.map(problemOfIssue));
  const { output } = checked;
  const home = dirname(read.file);
  const problems: PlacedProblem[] = [];
  const secrets = options.secretsIn(within(home, output.secretsFile));
  const settings = settingsOf(output, secrets, (place, value, rule) => problems.push({ place, value, rule }));
  const place = (name: string) => within(options.stateDirectory ?? home, name);
  const folder = place(output.sound?.folder ?? 'sounds');
  const words = output.say?.badWords === undefined ? null : readText(place(output.say.badWords), options.readFile);
  const badWords = words?.ok === true ? wordsIn(words.text) : [];
  if (words?.ok === false)
    problems.push({ ...words.problem, place: 'say.badWords', value: shownValue(output.say?.badWords) });
  if (badWords.length > badWordsMax)
    problems.push({ place: 'say.badWords', value: '', rule: `must have at most ${badWordsMax} words` });
  if (problems.length > 0) return refuse(problems);
  const { sound, say } = settings;
  const { plugins } = output;
  return {
    ok: true,
    settings: {
      ...settings,
      file: place(output.file),
      sound: sound === null ? null : { ...sound, folder },
      say: say === null ? null : { ...say, folder, badWords },
      plugins: plugins === undefined ? null : { ...plugins, folder: place(plugins.folder) },
    },
  };
}

type Report = (place: string, value: string, rule: string) => void;

function settingsOf(
  { log, audio, sound, say, obs, chat, accountChat, osc, webhook, notify, mqtt }: v.InferOutput<typeof workerForm>,
  find: FindSecret,
  report: Report,
): Omit<WorkerSettings, 'file' | 'plugins'> {
  for (const [list, all] of Object.entries({ osc, webhook, notify })) {
    for (const [index, { name }] of all.entries())
      if (all.findIndex((each) => each.name === name) < index)
        report(`${list}[${index}].name`, shownValue(name), 'stands twice');
  }
  const secretOf = (place: string, name: string): string => {
    const secret = find(name);
    if (secret === null) report(place, shownValue(name), 'is not in the secrets file, as NAME=value');
    return secret ?? '';
  };
  return {
    hasLog: log?.lines === true,
    audio: audioOf(audio),
    sound: sound ?? null,
    say: say === undefined ? null : sayOf(say),
    obs: obs === undefined ? null : { address: obs.address, password: find(obs.password) ?? '' },
    chat: chat ?? null,
    accountChat: accountChat === undefined ? null : accountChatOf(accountChat, secretOf, report),
    osc,
    webhooks: webhook.map(({ name, address, secret, local, kinds }, index) => {
      const wrong = refusedAddress(address, local);
      if (wrong !== null) report(`webhook[${index}].address`, shownValue(address), wrong);
      const key = secretOf(`webhook[${index}].secret`, secret);
      if (key !== '' && keyOfSecret(key) === null)
        report(
          `webhook[${index}].secret`,
          shownValue(secret),
          'names a secret that is not whsec_ and 24 to 64 bytes in base64',
        );
      return { name, secret: key, isLocal: local, kinds, url: URL.parse(address) ?? nowhere };
    }),
    notify: notify.map(({ name, form, address, local, notices }, index) => {
      const place = `notify[${index}].address`;
      const found = secretOf(place, address);
      const wrong = found === '' ? null : refusedAddress(found, local);
      if (wrong !== null) report(place, shownValue(address), `names a secret that ${wrong}`);
      return { name, form, isLocal: local, notices, url: URL.parse(found) ?? nowhere };
    }),
    mqtt:
      mqtt === undefined
        ? null
        : {
            ...mqtt,
            user: mqtt.user ?? null,
            password: mqtt.user === undefined ? '' : secretOf('mqtt.password', mqtt.password),
          },
  };
}

function accountChatOf(
  { platform, allow, address, local, ...names }: v.InferOutput<typeof parts.accountChat>,
  secretOf: (place: string, name: string) => string,
  report: Report,
): AccountChatSettings {
  const wrong = refusedAddress(address, local);
  if (wrong !== null) report('accountChat.address', shownValue(address), wrong);
  const secret = (name: keyof typeof names) => {
    const found = secretOf(`accountChat.${name}`, names[name]);
    if (!/^[!-:<-~]{0,500}$/.test(found))
      report(`accountChat.${name}`, shownValue(names[name]), 'names a secret that is no cookie or key');
    return found;
  };
  const [session, targetIdc, key] = [secret('session'), secret('targetIdc'), secret('key')];
  return { platform, allow, isLocal: local, url: URL.parse(address) ?? nowhere, session, targetIdc, key };
}

function sayOf({ cooldownS, before, ...say }: v.InferOutput<typeof saySettingsForm>): SaySettings {
  const programs = { espeak: 'espeak-ng', piper: 'piper' };
  return { ...say, ...programs, cooldownMs: cooldownS * 1_000, before: before ?? null, folder: '', badWords: [] };
}

/** Stands in for an address that was refused. */
const nowhere = new URL('https://invalid.invalid/');

function problemOfIssue(issue: v.BaseIssue<unknown>): PlacedProblem {
  const problem = problemOf(issue);
  if (issue.expected !== 'never') return problem;
  const path = issue.path ?? [];
  const form = parts[String(path[0]?.key) as keyof typeof parts];
  const known = path.length === 1 ? Object.keys(workerForm.entries) : Object.keys(form?.entries ?? { lines: 0 });
  const meant = suggest(String(path.at(-1)?.key), known);
  const advice = meant === null ? `known here are ${known.join(', ')}` : `did you mean "${meant}"?`;
  return { place: problem.place, value: '', rule: `is unknown; ${advice}` };
}
