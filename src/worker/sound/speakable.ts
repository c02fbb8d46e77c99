import { comparableName, plainText } from '../../domain/plain-text.ts';

/** So many letters are spoken at most. */
const spokenLettersMax = 150;
/** Only so many letters of a text are read. */
const readMax = 2_000;

/**
 * Words that are not spoken, in the folded form of `folded`, in English, German and Russian. A star stands for any letters
 * before or behind.
 */
const badWords = `
  *fuck* fck fcking motherf* shit shits shitty shithead* shithole* bullshit* sht bitch* btch cunt* twat twats wank* dick dicks dickhead* cock cocks cocksuck*
  pussy pussies whore* slut* asshole* arsehole* bastard* nigg* nigga* fag fags faggot* retard* kike kikes spic spics chink*
  tranny trannies rape raped rapes raping rapist* paedophil* pedophil* pedo pedos porn* cum cumshot* blowjob* handjob* dildo*
  jizz* kys hitler* heil nazi nazis
  fick* gefick* verfick* *scheiss* arschl* arsch wichs* gewichs* hure huren hurens* nutte nutten fotze* votze* schlampe*
  missgeburt* spast spasti spasten mongo mongos kanake* neger* schwuchtel* pimmel* vergewalt* vollidiot*
  хуй* хуе* хуи* нахуй* похуй* охуе* ахуе* *пизд* ебат* ебан* ебал* ебло* ебу ебут ебет* заеб* наеб* отъеб* выеб* уеб*
  долбоеб* бля бляд* блят* сука суки суку сукин* мудак* мудил* гандон* гондон* пидор* пидар* педик* педераст* залуп* манда
  дроч* шлюх* говн* гавн* жопа жопу жопе чурка чурки хачик* жид жиды ниггер* изнасил*
`
  .trim()
  .split(/\s+/);

/** Cyrillic letters that look like Latin ones; of a word in one script only, none of them is another letter. */
const looksLatin: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  с: 'c',
  е: 'e',
  н: 'h',
  і: 'i',
  к: 'k',
  м: 'm',
  о: 'o',
  р: 'p',
  т: 't',
  у: 'y',
  х: 'x',
  ѕ: 's',
  ј: 'j',
};
const looksCyrillic: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(looksLatin).map(([cyrillic, latin]) => [latin, cyrillic]),
);
/** Digits and signs that stand for letters. */
const standIns: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
  '€': 'e',
};

/**
 * The forms under which a word is looked up: without capitals and accents, with letters that look alike made equal, and
 * digits or signs that stand for letters replaced, once as Latin and once as Cyrillic.
 */
function folded(word: string): readonly string[] {
  const plain = comparableName(word).replaceAll('ß', 'ss').replaceAll('ё', 'е');
  const bare = plain.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
  const forms = [bare, bare.replace(/[0-9@$!|€]/g, (sign) => standIns[sign] ?? sign)].flatMap((form) => {
    const letters = form.replace(/[^\p{L}]/gu, '');
    return [letters, translated(letters, looksLatin), translated(letters, looksCyrillic)];
  });
  return [...new Set(forms)].filter((form) => form !== '');
}

function translated(text: string, table: Readonly<Record<string, string>>): string {
  return [...text].map((letter) => table[letter] ?? letter).join('');
}

/** Says whether a word is to be left out. */
type IsBad = (word: string) => boolean;

/** Returns a check for bad words; `more` are those of the streamer, with a star for any letters. */
export function badWordsWith(more: readonly string[]): IsBad {
  const forms = [...badWords, ...more].flatMap((word) => {
    const pattern = [word.startsWith('*') ? '' : '^', word.endsWith('*') ? '' : '$'] as const;
    return folded(word.replaceAll('*', '')).map((form) => `${pattern[0]}${form}${pattern[1]}`);
  });
  // One pattern for all words is searched in one pass.
  const bad = new RegExp(forms.join('|'), 'u');
  const isBad = (form: string) => bad.test(form);
  // Repeated letters are reduced to one, and to two.
  return (word) =>
    folded(word).some(
      (form) => isBad(form) || isBad(form.replace(/(.)\1+/gu, '$1')) || isBad(form.replace(/(.)\1{2,}/gu, '$1$1')),
    );
}

/**
 * The text as it is spoken: on one line, without bad words, links, and signs that a speech program might take for
 * commands.
 */
export function speakable(text: string, isBad: IsBad): string {
  const words = plainText(text.slice(0, readMax))
    .replaceAll(/https?:\/\/\S+|www\.\S+/gi, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  const kept = withoutSpelled(words, isBad).filter((word) => !isBad(word) && !partsOf(word).some(isBad));
  // Two brackets begin phonemes for espeak-ng; less than and more than begin tags.
  const plain = kept.join(' ').replaceAll(/[[\]{}<>\\|`~^*_#]+/g, ' ');
  return shortened(plain.replaceAll(/\s+/g, ' ').trim());
}

/** What stands between signs. */
function partsOf(word: string): readonly string[] {
  return word.split(/[^\p{L}\p{N}\p{M}@$!|€]+/u);
}

/** Words that are spelled out, letter by letter. */
function withoutSpelled(words: readonly string[], isBad: IsBad): readonly string[] {
  const kept: string[] = [];
  let spelled: string[] = [];
  const settle = () => {
    if (spelled.length > 1 && isBad(spelled.join(''))) spelled = [];
    kept.push(...spelled);
    spelled = [];
  };
  for (const word of words) {
    if ([...word].length > 2) settle();
    if ([...word].length > 2) kept.push(word);
    else spelled.push(word);
  }
  settle();
  return kept;
}

/** At most so many letters, in whole words where that is possible. */
function shortened(text: string): string {
  const letters = [...text];
  if (letters.length <= spokenLettersMax) return text;
  const cut = letters.slice(0, spokenLettersMax).join('');
  const end = cut.lastIndexOf(' ');
  return letters[spokenLettersMax] === ' ' || end < 1 ? cut.trimEnd() : cut.slice(0, end);
}

/** Words that tell German from English where no letter does. */
const germanWords = new Set(
  'und ich ist nicht das der die du ein eine hallo danke für mit auf wie was bitte liebe grüße'.split(' '),
);

/** In which language a text is written most likely: by its script, its letters and its small words. */
export function languageOf(text: string): 'en' | 'de' | 'ru' {
  const cyrillic = text.match(/\p{Script=Cyrillic}/gu)?.length ?? 0;
  if (cyrillic > (text.match(/\p{Script=Latin}/gu)?.length ?? 0)) return 'ru';
  const words = text.toLowerCase().split(/[^\p{L}]+/u);
  return /[äöüß]/i.test(text) || words.filter((word) => germanWords.has(word)).length >= 2 ? 'de' : 'en';
}
