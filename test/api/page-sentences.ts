import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const source = join(import.meta.dirname, '../../src');

/** Where the sentences stand that the service sends to the page: states, faults, refusals, and what a command answers. */
const rooms = [
  'appliance/appliance.ts',
  'appliance/book-commands.ts',
  'appliance/gift-book.ts',
  'appliance/inbox.ts',
  'appliance/motion-commands.ts',
  'appliance/operator.ts',
  'appliance/state.ts',
  'appliance/test-gifts.ts',
  'marlin/wire/board.ts',
  'marlin/faults.ts',
  'marlin/motion/mismatch.ts',
  'marlin/session/session.ts',
  'panel/button/button.ts',
  'panel/light/light.ts',
  'ledger/faults.ts',
  'sources/connection/ending.ts',
  'sources/connection/keeper.ts',
  'sources/connection/sign-in.ts',
  'sources/donationalerts/api.ts',
  'sources/joined-source.ts',
  'sources/joystick/source.ts',
  'sources/tiktok/ending.ts',
  'api/command-routes.ts',
];

/** Where the sentences stand that only an answer to a request says, as it refuses it. */
const refusalRooms = [
  'sources/joystick/chat.ts',
  'api/access.ts',
  'api/chat-routes.ts',
  'api/guard.ts',
  'api/worker-desk.ts',
  'appliance/drawing-book.ts',
  'commands/drawing-reader.ts',
  'domain/drawing-paths.ts',
  'drawing/plan-text.ts',
  'drawing/svg/document.ts',
  'drawing/svg/figures.ts',
  'drawing/svg/measures.ts',
  'drawing/svg/placing.ts',
  'drawing/svg/plan-drawing.ts',
  'drawing/svg/style.ts',
];

/** A literal that is logged, thrown or written for programmers is no sentence of the page. */
const notShown = /(?:log\.\w+\(|Error\(|summary: |description\(|\b[1-5]\d\d: )\s*$/;
const literal = /'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"/g;

/** With `{1}`, `{2}` … for what a template leaves open, and without what the page leaves out. */
function asKey(written: string): string {
  let holes = 0;
  return written
    .replace(/\\`/g, '`')
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, () => `{${++holes}}`)
    .replace(/ \((?:or run )?`[^`]*`\)/g, '');
}

/** The part of the page that speaks of the worker loads its words with those of refusals. */
const partOfWorker = 'worker.js';
/** Where the faults stand that outlets report; the page shows what follows the name of the outlet. */
const outletRooms = [
  ...['account-chat', 'alert', 'chat', 'mqtt', 'notify', 'obs', 'osc', 'say', 'sound', 'web'].map(
    (name) => `worker/outlets/${name}.ts`,
  ),
  'worker/sound/stage.ts',
];
const outletFaultForm =
  /(?:what = |answered = |\brefused\(\s*(?:title, )?|\bnotPlayed\(\s*(?:title|'\w+'),\s*|outletFault\(\s*'[\w-]+',\s*(?:name|title|'\w+'),\s*)(?:'([^'\n]+)'|`([^`\n]+)`)/g;

/** What requests are refused with, and what is said of the worker, as the keys of a translation. */
export function refusalSentences(): readonly string[] {
  const script = readFileSync(join(page, partOfWorker), 'utf8');
  const ofWorker = [...script.matchAll(/\bt\('((?:[^'\\]|\\.)*)'/g)].map(([, text = '']) => text);
  return [...sentencesIn(refusalRooms), ...ofWorker];
}

/** What outlets report, with something in each place that they leave open. */
export function outletFaults(): readonly string[] {
  return ['worker/outlet.ts', ...outletRooms].flatMap((name) =>
    [...readFileSync(join(source, name), 'utf8').matchAll(outletFaultForm)].map(
      ([, plain, template = '']) => `${plain ?? template.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '12')}.`,
    ),
  );
}

/** All sentences that the service says to the page, as the keys of a translation. */
export function serviceSentences(): readonly string[] {
  const found = sentencesIn(rooms);
  // Why something failed stands in many of them, after a colon.
  const causes = readFileSync(join(source, 'domain/cause.ts'), 'utf8');
  for (const [, words = ''] of causes.matchAll(/^ {2}\['[A-Z_]+', '([^']+)'\],$/gm)) found.add(words);
  for (const reason of reasons()) found.add(reason);
  return [...found];
}

function sentencesIn(files: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const match of text.matchAll(literal)) {
      const said = match[1] ?? match[2] ?? match[3] ?? '';
      const isSentence = /^["$A-Z]/.test(said) && /[a-z].* .*\.$/.test(said);
      if (isSentence && !notShown.test(text.slice(Math.max(0, match.index - 60), match.index))) found.add(asKey(said));
    }
  }
  return found;
}

/** A few words that say why, as an ending, a close code, or what is thrown for people to read. */
const reason =
  /(?:\bwhy: |\bUserFacingError\(|\breturn |\botherwise = |\bconnectionBroke = |, |^ {2}\d{4}: |\?\? )(?:'([^'\n]+)'|`([^`\n]+)`)/gm;
/** Why a live is not connected: sources say it, and no other part of a message of theirs reaches a page. */
const reasonsIn = [
  'connection/attempt.ts',
  'connection/ending.ts',
  'connection/json.ts',
  'donationalerts/list.ts',
  'donationalerts/talk.ts',
  'joystick/source.ts',
  'tiktok/attempt.ts',
  'tiktok/classify.ts',
  'tiktok/direct-provider.ts',
  'tiktok/ending.ts',
  'tiktok/euler.ts',
  'tiktok/euler-provider.ts',
  'tiktok/fallback-provider.ts',
  'tiktok/room-check.ts',
  'tiktok/sign-watch.ts',
];

function reasons(): Set<string> {
  const found = new Set<string>();
  for (const file of reasonsIn) {
    const text = readFileSync(join(source, 'sources', file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, plain, template] of text.matchAll(reason)) {
      const said = plain ?? template ?? '';
      if (
        /^(?:[a-z]|TikTok |\$\{\w*[nN]ame\} )[^.:/]* [^ ]+ /.test(said) &&
        !said.endsWith('.') &&
        !/^(?:it|more than) /.test(said)
      )
        found.add(asKey(said));
    }
  }
  return found;
}

const page = join(source, 'api/page');

/** All that the page itself says: the words of its HTML, and what its scripts hand to `t`. */
export function pageSentences(): readonly string[] {
  const found = new Set<string>();
  const html = readFileSync(join(page, 'index.html'), 'utf8').replace(/^[\s\S]*<body>/, '');
  for (const [, text = ''] of html.matchAll(/>([^<>]+)</g)) if (/[A-Za-z]{2}/.test(text)) found.add(text.trim());
  for (const [, text = ''] of html.matchAll(/aria-label="([^"]+)"/g)) found.add(text);
  for (const name of readdirSync(page).filter(
    (each) => each.endsWith('.js') && each !== 'board.js' && each !== partOfWorker,
  )) {
    const script = readFileSync(join(page, name), 'utf8');
    for (const [, text = ''] of script.matchAll(/\bt\(\s*'((?:[^'\\]|\\.)*)'/g)) found.add(text);
    for (const [, one = ''] of script.matchAll(/\bcount\([^,()]+(?:\([^()]*\))?, '(\w+)'/g)) {
      found.add(one);
      found.add(`${one}s`);
    }
  }
  return [...found].filter((text) => text !== 'Livepen');
}

/** Words that no German sentence has, outside of what is quoted: names of commands, of keys, of services. */
export function englishIn(text: string): string[] {
  const plain = text.replaceAll(/`[^`]*`|„[^“]*“|"[^"]*"|\[[^\]]*\] \w+/g, '');
  return plain.match(/\b(?:the|of|and|is|it|not|with|what|this|that|does|when|while|from|again)\b/gi) ?? [];
}
