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
  [['M18', 'M84', 'M85', 'M81'], 'it lets go of the motors, which loses the origin'],
  [['M906', 'M907', 'M908', 'M909', 'M910', 'M913', 'M914'], 'motors with less current lose steps'],
  [
    ['M92', 'M350', 'M351', 'M500', 'M501', 'M502', 'M504', 'M569', 'M665', 'M666', 'M210', 'M220'],
    'it changes how far a millimetre is, or how the motors run',
  ],
  [['G17', 'G18', 'G19', 'G20', 'G91', 'G93', 'G94', 'M82', 'M83', 'M149'], 'it changes units or mode'],
  [['M120', 'M121', 'M211'], 'it changes the limits of travel'],
  [['M110'], 'line numbers are counted here'],
  [['M108', 'M112', 'M410', 'M876', 'M997', 'M999'], 'it stops or resets the plotter'],
  [['M0', 'M1', 'M25', 'M76', 'M125', 'M226'], 'it waits for somebody'],
  [['M23', 'M24', 'M28', 'M29', 'M32', 'M808', 'M928'], 'it starts or records a job of the plotter itself'],
  [['M16'], 'it halts a plotter with another name'],
  [['M111'], 'it can make the plotter answer without moving'],
  [['M113', 'M118', 'M154', 'M155', 'M575', 'M576'], 'it changes how the plotter talks'],
  [['M104', 'M109', 'M140', 'M190', 'M141', 'M191', 'M303'], 'a pen has nothing to heat'],
];

/** The reason for each of them. */
export const refusedCodes: ReadonlyMap<string, string> = new Map(
  reasons.flatMap(([codes, why]) => codes.map((code) => [code, why] as const)),
);
