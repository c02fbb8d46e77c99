import type { PlotterSettings } from '../settings.ts';

/** Why some well-known commands may not be sent by a user. */
const reasons: readonly (readonly [readonly string[], string])[] = [
  [['G2', 'G3', 'G5', 'G6', 'G42'], 'where it leads cannot be checked against the bed; use straight moves'],
  [
    ['G12', 'G26', 'G27', 'G60', 'G61', 'M43', 'M48', 'M401', 'M402', 'M404', 'M600', 'M701', 'M702'],
    'it moves the pen by itself',
  ],
  [
    ['G28', 'G29', 'G30', 'G33', 'G34', 'G35', 'G38', 'G76', 'G425', 'M360', 'M361', 'M362', 'M363', 'M364'],
    'it homes or probes, which moves the origin',
  ],
  [
    [
      ...['G10', 'G53', 'G54', 'G55', 'G56', 'G57', 'G58', 'G59', 'G92', 'M206', 'M218', 'M290', 'M420', 'M421'],
      ...['M425', 'M428', 'M851', 'M852', 'T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8'],
    ],
    'it moves the origin',
  ],
  [['M18', 'M84', 'M85', 'M81'], 'it releases the motors, which loses the origin'],
  [['M906', 'M907', 'M908', 'M909', 'M910', 'M913', 'M914'], 'motors with less current lose steps'],
  [
    ['M92', 'M350', 'M351', 'M500', 'M501', 'M502', 'M504', 'M569', 'M665', 'M666', 'M210', 'M220'],
    'it changes the steps per millimetre, or how the motors run',
  ],
  [['G17', 'G18', 'G19', 'G20', 'G91', 'G93', 'G94', 'M82', 'M83', 'M149'], 'it changes units or mode'],
  [['M120', 'M121', 'M211'], 'it changes the limits of travel'],
  [['M110'], 'line numbers are counted here'],
  [['M108', 'M112', 'M410', 'M876', 'M997', 'M999'], 'it stops or resets the plotter'],
  [['M0', 'M1', 'M25', 'M76', 'M125', 'M226'], 'it waits for somebody'],
  [['M23', 'M24', 'M28', 'M29', 'M32', 'M808', 'M928'], 'it starts or records a job of the plotter itself'],
  [['M16'], 'it halts a plotter with another name'],
  [['M111'], 'it can make the plotter answer without moving'],
  [['M113', 'M118', 'M154', 'M155', 'M575', 'M576'], 'it changes how the plotter answers'],
  [['M104', 'M109', 'M140', 'M190', 'M141', 'M191', 'M303'], 'a pen has nothing to heat'],
];

/** The reason for each of them. */
const refusedCodes: ReadonlyMap<string, string> = new Map(
  reasons.flatMap(([codes, why]) => codes.map((code) => [code, why] as const)),
);

/** A numbered line may have 95 characters; the number and the checksum take up to 16 of them. */
const lineCharsMax = 79;
const linesMax = 50;
/** The longest pause of a line, s: a person takes a plotter that does nothing for longer for stuck. */
const dwellMaxS = 60;
/** A spring may hold the pen a little below the contact. mm */
const penMinMm = -5;

/** Where lines stand in the config, and what may stand there. */
interface LinesPlace {
  /** Null: it is not known, so nothing is held against it. */
  readonly bed: PlotterSettings['bed'] | null;
  /** They lower or raise the pen: they may touch the paper, and may not leave the place. */
  readonly ofPen?: boolean;
}

/** Commands that change nothing that a drawing relies on, and the form of what may follow them. */
const harmless: ReadonlyMap<string, RegExp> = new Map([
  ...spread(['G0', 'G1'], words('XYZF')),
  ['G4', words('PS')],
  ...spread(['G21', 'G90', 'M5', 'M9', 'M17', 'M105', 'M114', 'M115', 'M119', 'M400'], /^$/),
  ...spread(['M3', 'M4'], words('SOI')),
  ...spread(['M7', 'M8'], /^$/),
  ['M42', words('PS')],
  ['M73', words('PR')],
  ...spread(['M106', 'M107'], words('PST')),
  ['M117', /^.*$/],
  ['M150', words('RUWBPI')],
  ...spread(['M201', 'M203'], words('XYZ')),
  ['M204', words('PTS')],
  ['M205', words('XYZJBST')],
  ['M280', words('PS')],
  ['M300', words('SP')],
  ['M355', words('SP')],
]);

/**
 * Checks lines of the user's own, when the config is loaded: one sentence for each that may not be sent, beginning
 * with its place (counted from 1) and the line itself. Only what is known to be harmless passes.
 */
export function checkUserLines(lines: readonly string[], place: LinesPlace): readonly string[] {
  const problems = lines.flatMap((text, index) => {
    const why = refusalOf(text, place);
    return why === null ? [] : [`line ${index + 1} ("${shown(text)}") may not be sent: ${why}`];
  });
  if (lines.length > linesMax) problems.push(`there are ${lines.length} lines, ${linesMax} at most are allowed`);
  return problems;
}

/** Whether a line moves the pen. */
export function isMove(text: string): boolean {
  return /^G ?0*[01](?!\d)/.test(text);
}

/** The numbers of a line by their letters, e.g. X and 10. */
export function wordsOf(text: string): ReadonlyMap<string, number> {
  const found = text.replace(/^[GMT] ?\d+/, '').matchAll(/([A-Z]) ?(-?\d*\.?\d+)/g);
  return new Map([...found].map(([, letter, digits]) => [letter ?? '', Number(digits)]));
}

function spread(codes: readonly string[], form: RegExp): [string, RegExp][] {
  return codes.map((code) => [code, form]);
}

/** These letters, each with a number, in any order. */
function words(letters: string): RegExp {
  return new RegExp(`^(?: *[${letters}] ?-?(?:\\d+\\.?\\d*|\\.\\d+))*$`);
}

function refusalOf(text: string, place: LinesPlace): string | null {
  if (text.trim() === '') return 'it is empty';
  if (text.length > lineCharsMax) return `it has ${text.length} characters, ${lineCharsMax} at most are allowed`;
  if (!/^[\x20-\x7e]*$/.test(text)) return 'it has characters that are not plain ASCII';
  if (/[;*\\()]/.test(text)) return 'comments, brackets, "*" and "\\" break the checksum';
  if (/^ *N[-\d ]/.test(text)) return 'line numbers are counted here';
  const code = /^([GMT]) ?(\d+)/.exec(text);
  if (code === null) return 'it does not begin with a command such as G4, M106 or M280 (capital letters)';
  const rest = text.slice(code[0].length);
  // The firmware takes a number from any line that contains this, and stops at the others wherever they stand.
  const hidden = /M(?:110|112|410)/.exec(rest);
  if (hidden !== null) return `it contains ${hidden[0]}, which the firmware obeys wherever it stands`;
  const name = `${code[1]}${Number(code[2])}`;
  const form = harmless.get(name);
  if (form === undefined) {
    const known = `only these are known to be harmless: ${[...harmless.keys()].join(' ')}`;
    return `${refusedCodes.get(name) ?? 'what it does to the drawing is not known'}; ${known}`;
  }
  if (!form.test(rest.trimEnd())) return `what follows ${name} is not known to be harmless`;
  const twice = name === 'M117' ? undefined : repeatedLetter(text);
  if (twice !== undefined) return `it gives ${twice} twice, and firmwares differ in which of them they take`;
  const given = wordsOf(text);
  if (name === 'G4') return dwellProblem(given);
  return isMove(text) ? moveProblem(given, place) : null;
}

function repeatedLetter(text: string): string | undefined {
  const letters: readonly string[] = text.slice(1).match(/[A-Z]/g) ?? [];
  return letters.find((letter, index) => letters.indexOf(letter) !== index);
}

function dwellProblem(given: ReadonlyMap<string, number>): string | null {
  const seconds = (given.get('P') ?? 0) / 1000 + (given.get('S') ?? 0);
  // The firmware reads less than nothing as weeks.
  if ([...given.values()].some((time) => time < 0)) return 'its wait is less than nothing';
  return seconds <= dwellMaxS ? null : `it waits ${seconds} s, ${dwellMaxS} s at most are allowed`;
}

function moveProblem(given: ReadonlyMap<string, number>, place: LinesPlace): string | null {
  const { bed, ofPen = false } = place;
  const x = given.get('X');
  const y = given.get('Y');
  const z = given.get('Z');
  if (ofPen && (x !== undefined || y !== undefined)) return 'it moves the pen away from the place where it is to draw';
  if (bed !== null && x !== undefined && (x < bed.xMinMm || x > bed.xMaxMm))
    return outside('X', x, bed.xMinMm, bed.xMaxMm);
  if (bed !== null && y !== undefined && (y < bed.yMinMm || y > bed.yMaxMm))
    return outside('Y', y, bed.yMinMm, bed.yMaxMm);
  if (z !== undefined && ofPen && z < penMinMm) return `Z ${z} lies deeper in the paper than ${penMinMm} mm`;
  if (z !== undefined && !ofPen && z <= 0) return 'it lowers the pen to the paper, and its ink would be noted nowhere';
  return null;
}

function outside(axis: string, mm: number, fromMm: number, toMm: number): string {
  return `${axis} ${mm} lies outside the bed (${fromMm} to ${toMm})`;
}

function shown(text: string): string {
  return text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
}
