import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatProblems } from '../../src/config/load.ts';
import { readWorkerSettings } from '../../src/worker/settings.ts';

const secrets: Readonly<Record<string, string>> = {
  OBS_PASSWORD: 'password-of-obs',
  FRIENDS_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  SHORT: 'whsec_c2hvcnQ=',
  PHONE_ADDRESS: 'https://ntfy.sh/hidden-topic',
  PLAIN_ADDRESS: 'http://ntfy.sh/hidden-topic',
  MQTT_PASSWORD: 'password-of-mqtt',
  TIKTOK_SESSION: 'session-of-tiktok',
  TIKTOK_TARGET_IDC: 'data-centre',
  EULER_API_KEY: 'key-of-euler-stream',
  BROKEN_COOKIE: 'abc; other=12345678',
};

const words = '# of the streamer\nflauschig*\n\n  кефир # too\n';
const notThere = Object.assign(new Error('no such file'), { code: 'ENOENT' });

function read(text: string) {
  return readWorkerSettings('/etc/x/worker.toml', {
    readFile(path) {
      if (path === '/etc/x/worker.toml') return Buffer.from(text);
      if (path === '/var/lib/x/bad-words.txt') return Buffer.from(words);
      throw notThere;
    },
    stateDirectory: '/var/lib/x',
    secretsIn: () => (name) => secrets[name] ?? null,
  });
}

/** What is said of a config, line by line, without the first one. */
function said(text: string): readonly string[] {
  const found = read(text);
  assert.ok(!found.ok);
  const lines = formatProblems(found.problems).split('\n').slice(1);
  for (const secret of Object.values(secrets))
    assert.ok(!lines.join('\n').includes(secret.slice(-12)), lines.join('\n'));
  return lines;
}

const shipped = readFileSync(join(import.meta.dirname, '../../config/worker.toml'), 'utf8');

test('the config that is shipped is sound, has no outlet, and is sound with every note taken away', () => {
  const found = read(shipped);
  assert.ok(found.ok, JSON.stringify(found));
  assert.deepEqual(found.settings, {
    file: '/var/lib/x/worker.db',
    hasLog: false,
    audio: { onBoard: true, player: null },
    sound: null,
    say: null,
    obs: null,
    chat: null,
    accountChat: null,
    osc: [],
    webhooks: [],
    notify: [],
    mqtt: null,
    plugins: null,
  });
  const all = read(shipped.replaceAll(/^# (?=\[|[a-zA-Z]+ = )/gm, ''));
  assert.ok(all.ok, JSON.stringify(all));
  const { hasLog, audio, sound, say, obs, chat, accountChat, osc, webhooks, notify, mqtt, plugins } = all.settings;
  assert.deepEqual([audio.onBoard, audio.player?.program], [true, undefined]);
  assert.deepEqual([webhooks[0]?.kinds, mqtt?.kinds], [['chat'], ['chat', 'like', 'join']]);
  assert.deepEqual(plugins, { folder: '/var/lib/x/plugins', host: '127.0.0.1', port: 8_430, names: [] });
  assert.deepEqual(sound, { folder: '/var/lib/x/sounds', volume: 1 });
  assert.deepEqual(say, {
    voices: { en: 'en-us', de: 'de', ru: 'ru' },
    people: { mila: 'en+f3' },
    espeak: 'espeak-ng',
    piper: 'piper',
    cooldownMs: 30_000,
    volume: 1,
    before: 'bell.wav',
    folder: '/var/lib/x/sounds',
    badWords: ['flauschig*', 'кефир'],
  });
  assert.deepEqual([hasLog, obs?.password, mqtt?.password], [true, 'password-of-obs', 'password-of-mqtt']);
  assert.deepEqual(chat, { platform: 'joystick', allow: ['announce'] });
  const { url, ...account } = accountChat ?? { url: null };
  assert.equal(url?.href, 'https://tiktok.eulerstream.com/');
  assert.deepEqual(account, {
    platform: 'tiktok',
    allow: ['announce'],
    isLocal: false,
    session: 'session-of-tiktok',
    targetIdc: 'data-centre',
    key: 'key-of-euler-stream',
  });
  assert.deepEqual(
    [osc, webhooks, notify].map((list) => list.length),
    [1, 1, 1],
  );
});

test('what is wrong is named with its line, place and rule, all at once', () => {
  assert.deepEqual(said('[obs]\naddress = "http://x"\n[[osc]]\nname = "a"\nport = 0\n'), [
    '  line 2: obs.address = "http://x" must be an address such as ws://192.168.1.20:4455',
    '  line 5: osc, entry 1.port = 0 must be a whole number from 1 to 65535 (a port)',
  ]);
});

for (const [wrong, rule] of [
  ['[obss]\n', /obss .*is unknown; did you mean "obs"\?/],
  ['[obs]\naddress = "ws://x:1"\npasword = "X"\n', /pasword .*is unknown; did you mean "password"\?/],
  ['[[webhook]]\nname = "a"\naddress = "http://example.org/"\nsecret = "FRIENDS_SECRET"\n', /must begin with https/],
  ['[mqtt]\nhost = "x"\nkinds = ["gift"]\n', /must be "chat" or "like" or "join"|must be "chat", "like" or "join"/],
  ['[[webhook]]\nname = "a"\naddress = "https://example.org/"\nsecret = "NONE"\n', /is not in the secrets file/],
  [
    '[[webhook]]\nname = "a"\naddress = "https://example.org/"\nsecret = "SHORT"\n',
    /names a secret that is not whsec_/,
  ],
  ['[[notify]]\nname = "a"\nform = "ntfy"\naddress = "PLAIN_ADDRESS"\n', /names a secret that must begin with https/],
  ['[chat]\nallow = ["ban"]\n', /chat\.allow.*must be "announce"/],
  ['[chat]\nplatform = "../x"\n', /chat\.platform.*must be the name of a platform/],
  ['[accountChat]\nallow = ["whisper"]\n', /accountChat\.allow.*must be "announce"/],
  ['[accountChat]\n', /accountChat\.session is missing/],
  [
    '[accountChat]\nplatform = "tiktok"\naddress = "https://x.example"\ntargetIdc = "TIKTOK_TARGET_IDC"\nkey = "EULER_API_KEY"\nsession = "NONE"\n',
    /accountChat\.session.*is not in the secrets file/,
  ],
  [
    '[accountChat]\nplatform = "tiktok"\naddress = "https://x.example"\ntargetIdc = "TIKTOK_TARGET_IDC"\nkey = "EULER_API_KEY"\nsession = "BROKEN_COOKIE"\n',
    /accountChat\.session.*names a secret that is no cookie or key/,
  ],
  [
    '[accountChat]\nplatform = "tiktok"\naddress = "http://x.example"\ntargetIdc = "TIKTOK_TARGET_IDC"\nkey = "EULER_API_KEY"\nsession = "TIKTOK_SESSION"\n',
    /accountChat\.address.*must begin with https/,
  ],
  ['[[osc]]\nname = "a"\n[[osc]]\nname = "a"\n', /stands twice/],
  ['[mqtt]\nhost = "x"\nuser = "y"\npassword = "NONE"\n', /is not in the secrets file/],
  ['[audio]\nplays = ["moon"]\n', /must be "board" or "here"/],
  ['[audio]\nplays = []\n', /must name "board", "here" or both/],
  ['[audio]\nplayer = "sh -c x"\n', /must be "aplay" or "pw-play"/],
  ['[audio]\ndevice = "-D x"\n', /must be a device of the player/],
  ['[sound]\nvolume = 11\n', /must be from 0 to 1/],
  ['[say.voices]\nen = "-h"\n', /must be a voice of espeak-ng/],
  ['[say.people]\nmila = "../x.onnx"\n', /must be a voice of espeak-ng/],
  ['[say]\ncooldownS = -1\n', /must be from 0 to 3600 s/],
  ['[say]\nbadWords = "none.txt"\n', /say\.badWords.*none\.txt/],
  ['[obs\n', /line 1.*\[obs.*cannot be read: the closing \] is missing/],
  ['version = 2\n', /must be 1/],
] as const)
  test(`refused, and said why: ${wrong.replaceAll('\n', ' ')}`, () => assert.match(said(wrong).join('\n'), rule));

test('a player is told which file to play on which device as words of its own, and nothing goes through a shell', () => {
  const argsOf = (player: string, device = '') => {
    const found = read(`[audio]\nplays = ["here"]\nplayer = "${player}"\n${device}`);
    assert.ok(found.ok);
    assert.equal(found.settings.audio.onBoard, false);
    return found.settings.audio.player?.args('/tmp/a b.wav');
  };
  assert.deepEqual(argsOf('aplay'), ['-q', '/tmp/a b.wav']);
  assert.deepEqual(argsOf('aplay', 'device = "plughw:0"'), ['-q', '-D', 'plughw:0', '/tmp/a b.wav']);
  assert.deepEqual(argsOf('pw-play', 'device = "42"'), ['--target=42', '/tmp/a b.wav']);
  assert.deepEqual(argsOf('paplay', 'device = "sink"'), ['--device=sink', '/tmp/a b.wav']);
  assert.deepEqual(argsOf('ffplay'), ['-nodisp', '-autoexit', '-loglevel', 'error', '/tmp/a b.wav']);
});
