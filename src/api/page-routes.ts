import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import * as v from 'valibot';
import { briefOf } from './page/translate.js';
import { type Admission, type ApiOptions, Refusal, type Route, route } from './route.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

interface PageFile {
  readonly text: string;
  readonly type: string;
}

const folder = join(import.meta.dirname, 'page');

/** Removes comments and indents, which a phone need not load. */
const lighter: Readonly<Record<string, (text: string) => string>> = {
  '.js': (text) =>
    text
      .replace(/^[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*\n/gm, '')
      .replace(/^ *\/\/.*\n|^ +/gm, '')
      .replace(/(?<=[;{,])\n+/g, ''),
  '.css': (text) =>
    text
      .replace(/^ +/gm, '')
      .replace(/(?<=[{};,])\n+/g, '')
      .replace(/(?<=[\w-]:) | (?={)/g, ''),
  '.json': (text) => JSON.stringify(JSON.parse(text)),
};

/** The texts of a language under short keys, where the key is a whole sentence. */
function withShortNames(text: string): string {
  const texts: Readonly<Record<string, string>> = JSON.parse(text);
  const named = Object.entries(texts).map(([english, other]) => {
    return [english.includes('{') ? english : briefOf(english), other] as const;
  });
  const short = Object.fromEntries(named);
  if (Object.keys(short).length < named.length) throw new Error('two sentences have the same short name');
  return JSON.stringify(short);
}

/** The files of the page by their names within its folder, read once: they are part of the program. */
function readPageFiles(): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const ending = extname(name);
      const type = types[ending];
      if (type === undefined) return [];
      const text = readFileSync(join(folder, name), 'utf8');
      const light = /^(?:texts|refusals)\//.test(name) ? withShortNames : lighter[ending];
      return [[name, { text: light?.(text) ?? text, type }] as const];
    }),
  );
}

/**
 * Where the board's page names its other files, with a place for the token: one in the page's address must stand in
 * theirs too.
 */
const tokenMark = '?token=';
/** The files of the page that the board uses too. */
const sharedFiles = ['alerts.js', 'events.js', 'isolated.js', 'paper.js', 'sounds.js', 'translate.js', 'icon.svg'];

/** The routes of the page and the board, and of all their files. */
export function pageRoutes({ tokens }: ApiOptions): readonly Route[] {
  const files = readPageFiles();
  const isBoards = (name: string) => name.startsWith('board') || sharedFiles.includes(name);

  function file(path: string, name: string, admits: Admission, summary: string): Route {
    const { text, type } = fileOf(files, name);
    return route({ method: 'get', path, summary, admits, isPage: true, answer: type, handle: () => text });
  }

  const board = fileOf(files, 'board.html');
  return [
    file('/', 'index.html', 'owner', 'The page'),
    route({
      method: 'get',
      path: '/board',
      summary: 'The board for viewers, on a tablet or as a browser source of OBS',
      admits: 'board',
      isPage: true,
      answer: board.type,
      handle(_, context) {
        const isInAddress = tokens !== null && context.req.query('token') === tokens.board;
        return board.text.replaceAll(tokenMark, isInAddress ? `${tokenMark}${tokens.board}` : '');
      },
    }),
    ...[...files.keys()]
      .filter((name) => !name.endsWith('.html') && !name.includes('/'))
      .map((name) => file(`/page/${name}`, name, isBoards(name) ? 'board' : 'owner', `A part of the page`)),
    route({
      method: 'get',
      path: '/page/words/{language}.json',
      summary: 'The words of the board in a language',
      admits: 'board',
      isPage: true,
      params: v.object({ language: v.string() }),
      answer: 'application/json; charset=utf-8',
      handle: ({ params: { language } }) => files.get(`words/${language}.json`)?.text ?? unspoken,
    }),
    route({
      method: 'get',
      path: '/page/texts/{language}.json',
      summary: 'The words of the page in a language other than English',
      admits: 'owner',
      isPage: true,
      params: v.object({ language: v.string() }),
      answer: 'application/json; charset=utf-8',
      handle: ({ params: { language } }) => files.get(`texts/${language}.json`)?.text ?? unspoken,
    }),
    route({
      method: 'get',
      path: '/page/refusals/{language}.json',
      summary: 'The words of refusals in a language other than English, which a page loads at the first of them',
      admits: 'owner',
      isPage: true,
      params: v.object({ language: v.string() }),
      answer: 'application/json; charset=utf-8',
      handle: ({ params: { language } }) => files.get(`refusals/${language}.json`)?.text ?? unspoken,
    }),
  ];
}

const unspoken = new Refusal(404, { code: 'no-language', what: 'That language is not available.', remedy: 'Use en.' });

function fileOf(files: ReadonlyMap<string, PageFile>, name: string): PageFile {
  const file = files.get(name);
  if (file === undefined) throw new Error(`the page has no file ${name}`);
  return file;
}
