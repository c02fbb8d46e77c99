import type { Mutation } from './mutation.ts';

const certainOfPlacement =
  'coalesce((SELECT max(last_n) FROM placement_ink WHERE placement = p.id), 0) AS certain,\n       coalesce((SELECT handed';

/** Ways to break drawings. */
export const drawingMutations: readonly Mutation[] = [
  {
    does: 'calls a drawing drawn with its first path',
    file: 'src/ledger/placed-drawings.ts',
    from: 'if (n < drawing.track.count || drawing.isOver) return;',
    to: 'if (drawing.isOver) return;',
  },
  {
    does: 'forgets how far a drawing is when the service starts anew',
    file: 'src/ledger/placed-drawings.ts',
    from: certainOfPlacement,
    to: '0 AS certain,\n       coalesce((SELECT handed',
  },
  {
    does: 'goes on with a drawing on the next sheet where the one before was cut off',
    file: 'src/ledger/placed-drawings.ts',
    from: certainOfPlacement,
    to: 'coalesce((SELECT max(i.last_n) FROM placement_ink i JOIN placement o ON o.id = i.placement WHERE o.request = p.request), 0) AS certain,\n       coalesce((SELECT handed',
  },
  {
    does: 'places a drawing on a plate that is taken',
    file: 'src/ledger/placed-drawings.ts',
    from: 'return plates.filter((plate) => !taken.has(plate));',
    to: 'return plates.filter((plate) => !taken.has(plate.concat(plate)));',
  },
  {
    does: 'draws a drawing once more on the next sheet',
    file: 'src/ledger/drawings.ts',
    from: 'FROM drawing_owed o JOIN drawing d ON d.request = o.request\n     WHERE NOT EXISTS',
    to: 'FROM (SELECT request, 0 AS is_text FROM drawing) o JOIN drawing d ON d.request = o.request\n     WHERE NOT EXISTS',
  },
  {
    does: 'takes a drawing back when its sheet is taken away',
    file: 'src/ledger/drawings.ts',
    from: "step(request, 'waiting', false, why);",
    to: "step(request, 'void', true, why);",
    says: /nobody took/,
  },
  {
    does: 'places a drawing beside the middle of its plate',
    file: 'src/drawing/fit-drawing.ts',
    from: 'const [left, foot] = [(widthUm - width * scale) / 2, (heightUm - height * scale) / 2];',
    to: 'const [left, foot] = [0, (heightUm - height * scale) / 2];',
  },
  {
    does: 'says that a drawing was asked for before it is written down',
    file: 'src/appliance/drawing-book.ts',
    from: '    if (!written.ok) return written;\n    log.info(`Drawing \x24{request} was asked',
    to: '    log.info(`Drawing \x24{request} was asked',
  },
  {
    does: 'loses the last path of each drawing',
    file: 'src/drawing/fit-drawing.ts',
    from: 'return paths.length === 0 ? null : { widthUm, heightUm, paths };',
    to: 'return paths.length === 0 ? null : { widthUm, heightUm, paths: paths.length > 1 ? paths.slice(0, -1) : paths };',
  },
];
