/** A numbered line may have 95 characters; the number and the checksum take up to 16 of them. */
const longestLine = 79;
const mostLines = 50;

const reasons: readonly (readonly [readonly string[], string])[] = [
  [['G28', 'G29', 'G30', 'G33', 'G34', 'G35', 'G38', 'G76', 'G425'], 'it homes or probes, which moves the origin'],
  [
    ['G92', 'G53', 'G54', 'G55', 'G56', 'G57', 'G58', 'G59', 'G10', 'M206', 'M428', 'M290', 'M851', 'M420'],
    'it moves the origin',
  ],
  [['M18', 'M84'], 'it lets go of the motors, which loses the origin'],
  [['M92', 'M350', 'M501', 'M502', 'M665', 'M666'], 'it changes how far a millimetre is'],
  [['G20', 'G91'], 'it changes units or mode; all lines are in absolute millimetres'],
  [['M110'], 'line numbers are counted here'],
  [['M112', 'M410', 'M108', 'M876', 'M997', 'M999'], 'it stops or resets the plotter'],
  [['M0', 'M1', 'M25', 'M76', 'M125', 'M226', 'M600'], 'it waits for somebody'],
  [['M23', 'M24', 'M28', 'M32', 'M808', 'M810', 'M928'], 'it starts or records a job of the plotter itself'],
  [['M113', 'M154', 'M575', 'M118'], 'it changes how the plotter talks'],
];

/**
 * Checks lines of the user's own, when the config is loaded: one sentence for each that may not be sent, beginning
 * with its place (counted from 1) and the line itself.
 */
export function checkUserLines(lines: readonly string[]): readonly string[] {
  const problems = lines.flatMap((text, index) => {
    const why = refusalOf(text);
    return why === null ? [] : [`line ${index + 1} ("${shown(text)}") may not be sent: ${why}`];
  });
  if (lines.length > mostLines) problems.push(`there are ${lines.length} lines, ${mostLines} at most are allowed`);
  return problems;
}

function refusalOf(text: string): string | null {
  if (text.trim() === '') return 'it is empty';
  if (text.length > longestLine) return `it has ${text.length} characters, ${longestLine} at most are allowed`;
  if (!/^[\x20-\x7e]*$/.test(text)) return 'it has characters that are not plain ASCII';
  if (/[;*\\()]/.test(text)) return 'comments, brackets, "*" and "\\" break the checksum';
  if (/^ *N[-\d ]/.test(text)) return 'line numbers are counted here';
  const code = /^([GMT]) ?(\d+)/.exec(text);
  if (code === null) return 'it does not begin with a command such as G4, M106 or M280 (capital letters)';
  // The firmware takes a number from any line that contains this, and stops at the others wherever they stand.
  const hidden = /M(?:110|112|410)/.exec(text.slice(code[0].length));
  if (hidden !== null) return `it contains ${hidden[0]}, which the firmware obeys wherever it stands`;
  const name = `${code[1]}${Number(code[2])}`;
  return reasons.find(([codes]) => codes.includes(name))?.[1] ?? null;
}

function shown(text: string): string {
  return text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
}
