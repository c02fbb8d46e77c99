/**
 * Which platform a live is on is a fact in a field. Only its own room of `sources/`, the config, and the words of the page
 * know it by name. Elsewhere its parts may be imported by the names that its room gives them, and commands may say in a
 * sentence what it is called.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SourceFile, sourceFile, sourceFiles } from './source-tree.ts';

const platforms = /tiktok|donation-?alerts|joystick/i;
/** Where a platform may be named. */
const knows = /^src\/(?:sources\/(?:tiktok|donationalerts|joystick)|config|api\/page\/(?:words|texts))\//;
const room = /^src\/sources\/(?:tiktok|donationalerts|joystick)\//;
/** A gift that bears the platform's name, as every live has it. */
const gift = /"?\bname"?: (['"])TikTok\1/g;
const text = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/** Where code of a file names a platform: not in comments, imports, the names of what it imports, or sentences to people. */
function namedIn(file: SourceFile): string[] {
  const joined = file.imports.filter(({ from }) => room.test(from)).flatMap(({ names }) => names);
  const code = file.text
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replace(/^(?:import|export)\s[^;]*?\sfrom\s+'[^']+';$/gm, '')
    .replace(/\bimport\(\s*'[^']+'\s*\)/g, '')
    .replace(gift, '')
    .replace(/\b\w+\b/g, (word) => (joined.includes(word) ? '' : word))
    .replace(text, (literal) => (isSentence(file.path, literal) ? '' : literal));
  return code.split('\n').filter((line) => platforms.test(line));
}

function isSentence(path: string, literal: string): boolean {
  return path.startsWith('src/commands/') && literal.split(' ').length > 4 && !/https?:/.test(literal);
}

test('no code outside the sources, the config and the words of the page names a platform, in whatever case', () => {
  const named = sourceFiles('src')
    .filter(({ path }) => !knows.test(path))
    .flatMap((file) => namedIn(file).map((line) => `${file.path}: ${line.trim()}`));
  assert.deepEqual(named, []);
});

test('whoever asks which platform it is, is found wherever they stand, and whatever they write', () => {
  for (const line of [
    "if (event.platform === 'tiktok') return;",
    "if (event.platform === 'TikTok') return;",
    'const isTikTok = true;',
    'const places = { JOYSTICK: 1 };',
    "fetch('https://www.tiktok.com/ is where it is, they say');",
    'const page = `DonationAlerts`;',
  ])
    for (const path of [
      'src/sources/replay.ts',
      'src/commands/run.ts',
      'src/simulators/live/room.ts',
      'src/ledger/names.ts',
    ])
      assert.equal(namedIn(sourceFile(path, `/** Of a TikTok LIVE. */\n${line}\n`)).length, 1, `${path}: ${line}`);
  const harmless =
    "import { createTikTokSource } from '../sources/tiktok/source.ts';\nconst source = createTikTokSource(deps);\n";
  assert.deepEqual(namedIn(sourceFile('src/commands/run.ts', harmless)), []);
  const sentence = "say('No TikTok name is in the config.');\n";
  assert.deepEqual(namedIn(sourceFile('src/commands/run.ts', sentence)), []);
  assert.equal(namedIn(sourceFile('src/ledger/names.ts', sentence)).length, 1);
});
