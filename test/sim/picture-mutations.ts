import type { Mutation } from './mutation.ts';

const pieceOfStroke = 'const piece = pieces().paths[n - 1];';

/** Ways to break pictures that gifts draw. */
export const pictureMutations: readonly Mutation[] = [
  {
    does: 'skips the first piece of a picture',
    file: 'src/drawing/shapes.ts',
    from: pieceOfStroke,
    to: 'const piece = pieces().paths[n % pieces().paths.length];',
    says: /2:/,
  },
  {
    does: 'draws the first piece of a picture twice',
    file: 'src/drawing/shapes.ts',
    from: pieceOfStroke,
    to: 'const piece = pieces().paths[Math.max(0, n - 2)];',
  },
  {
    does: 'takes the first picture that was kept for that of the sheet when the service starts anew',
    file: 'src/ledger/pictures.ts',
    from: "'SELECT blob FROM picture WHERE digest = ?'",
    to: "'SELECT blob FROM picture WHERE ? IS NOT NULL ORDER BY rowid LIMIT 1'",
  },
  {
    does: 'draws the picture that the file has become, and not that of the sheet',
    file: 'src/appliance/appliance.ts',
    from: 'sheet: () => ledger.sheet(),',
    to: `sheet() {
        const open = ledger.sheet();
        const pictureOf = (id: string) => settings.layout.rows.find((row) => row.id === id)?.picture;
        const rows = open?.layout.rows.map((row) => (row.picture === undefined ? row : { ...row, picture: pictureOf(row.id) }));
        return open === null ? null : { ...open, layout: { ...open.layout, rows: rows ?? [] } };
      },`,
  },
  {
    does: 'leaves out the last piece of a picture',
    file: 'src/drawing/picture-rows.ts',
    from: 'capacity: count,',
    to: 'capacity: Math.max(1, count - 1),',
    says: /one place for each piece/,
  },
];
