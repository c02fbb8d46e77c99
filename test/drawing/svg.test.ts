import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inkOnPage, planned, svgOf } from './svg-files.ts';

/** Two drawings have the same ink, to the micrometre. */
function same(content: string, wanted: string): void {
  const [found, expected] = [content, wanted].map((each) => inkOnPage(each));
  assert.ok((expected?.length ?? 0) > 0, 'nothing is drawn');
  assert.equal(found?.length, expected?.length, content);
  for (const [n, path] of (expected ?? []).entries()) {
    const its = found?.[n] ?? [];
    assert.equal(its.length, path.length, `${content}: ${its}; ${path}`);
    for (const [at, value] of path.entries())
      assert.ok(Math.abs((its[at] ?? 0) - value) < 0.003, `${content}: ${its}; ${path}`);
  }
}

const left = (svg: string) => Object.fromEntries(planned(svg).skipped.map(({ what, count }) => [what, count]));

test('every shape is drawn: line, polyline, polygon, rectangle, path', () => {
  assert.deepEqual(inkOnPage('<line x1="10" y1="20" x2="30" y2="40"/>'), [[10, 20, 30, 40]]);
  assert.deepEqual(inkOnPage('<polyline points="10,20 30 40,50,20"/>'), [[10, 20, 30, 40, 50, 20]]);
  assert.deepEqual(inkOnPage('<polygon points="10,20 30,40 50,20"/>'), [[10, 20, 30, 40, 50, 20, 10, 20]]);
  assert.deepEqual(inkOnPage('<rect x="10" y="20" width="5" height="6"/>'), [[10, 20, 15, 20, 15, 26, 10, 26, 10, 20]]);
  assert.deepEqual(inkOnPage('<path d="M10 20h5v6H10z m20 0l1-2"/>'), [
    [10, 20, 15, 20, 15, 26, 10, 26, 10, 20],
    [30, 20, 31, 18],
  ]);
});

test('circles, ellipses, arcs and curves lie within 0.05 mm of where they are, in chords as long as that allows', () => {
  const cases: readonly (readonly [string, (x: number, y: number) => number, number])[] = [
    ['<circle cx="50" cy="50" r="40"/>', (x, y) => Math.hypot(x - 50, y - 50) - 40, 40],
    ['<circle cx="50" cy="50" r="3"/>', (x, y) => Math.hypot(x - 50, y - 50) - 3, 3],
    ['<path d="M10 50a40 40 0 0 1 80 0a40 40 0 0 1-80 0"/>', (x, y) => Math.hypot(x - 50, y - 50) - 40, 40],
    ['<path d="M50 10a40 40 0 1 1-.001 0"/>', (x, y) => Math.hypot(x - 50, y - 50) - 40, 40],
    ['<circle r="4" transform="translate(50 50) scale(10)"/>', (x, y) => Math.hypot(x - 50, y - 50) - 40, 40],
  ];
  for (const [content, away, radius] of cases) {
    const [path = [], ...more] = inkOnPage(content, { keepOrder: false });
    assert.equal(more.length, 0, content);
    const fewest = Math.PI / Math.acos(1 - 0.05 / radius);
    assert.ok(path.length / 2 - 1 <= 1.15 * fewest + 1, `${path.length / 2 - 1} chords of ${fewest}`);
    for (let at = 2; at < path.length; at += 2) {
      const [ax = 0, ay = 0, bx = 0, by = 0] = path.slice(at - 2, at + 2);
      for (const share of [0, 0.25, 0.5, 0.75]) {
        assert.ok(Math.abs(away(ax + share * (bx - ax), ay + share * (by - ay))) < 0.05, content);
      }
    }
  }
  const [ellipse = []] = inkOnPage('<ellipse cx="50" cy="50" rx="40" ry="20"/>');
  for (let at = 0; at < ellipse.length; at += 2) {
    const [x = 0, y = 0] = [ellipse[at], ellipse[at + 1]];
    assert.ok(Math.abs(Math.hypot((x - 50) / 40, (y - 50) / 20) - 1) < 0.002);
  }
});

test('a cubic and a quadratic curve, short forms too, go where their formula goes', () => {
  const cubic = (t: number) =>
    [10, 20, 60, 90].map((value, at) => value * ([1, 3, 3, 1][at] ?? 0) * t ** at * (1 - t) ** (3 - at));
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const [path = []] = inkOnPage('<path d="M10 10C20 80 60 0 90 50"/>');
  for (let step = 0; step <= 100; step += 1) {
    const t = step / 100;
    const x = sum(cubic(t));
    const y = sum([10, 80, 0, 50].map((value, at) => value * ([1, 3, 3, 1][at] ?? 0) * t ** at * (1 - t) ** (3 - at)));
    const after = path.findIndex((value, at) => at % 2 === 0 && at > 0 && value >= x - 1e-9);
    const [ax = 0, ay = 0, bx = 0, by = 0] = path.slice(Math.max(2, after) - 2, Math.max(2, after) + 2);
    const away = Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / Math.hypot(bx - ax, by - ay);
    assert.ok(away < 0.051, `${away} at ${t}`);
  }
  same('<path d="M10 10C10 10 30 40 50 40S90 70 90 90"/>', '<path d="M10 10C10 10 30 40 50 40C70 40 90 70 90 90"/>');
  same('<path d="M10 10Q30 60 50 40T90 40"/>', '<path d="M10 10Q30 60 50 40Q70 20 90 40"/>');
  same('<path d="M10 10Q30 60 50 40"/>', '<path d="M10 10C23.333333 43.333333 36.666667 53.333333 50 40"/>');
});

test('an arc with radii that are too short, turned, large or small, is the one that SVG means', () => {
  same('<path d="M10 50A1 1 0 0 1 50 50"/>', '<path d="M10 50A20 20 0 0 1 50 50"/>');
  same('<path d="M10 50A0 5 0 0 1 50 50"/>', '<path d="M10 50L50 50"/>');
  same('<path d="M10 50a20 10 30 1030 10"/>', '<path d="M10 50A20 10 30 1 0 40 60"/>');
  const middleOf = (flags: string) => {
    const [path = []] = inkOnPage(`<path d="M40 50A20 20 0 ${flags} 60 50"/>`);
    const ys = path.filter((_, at) => at % 2 === 1);
    return [Math.min(...ys), Math.max(...ys)].map(Math.round);
  };
  assert.deepEqual(middleOf('0 0'), [50, 53]);
  assert.deepEqual(middleOf('0 1'), [47, 50]);
  assert.deepEqual(middleOf('1 0'), [50, 87]);
  assert.deepEqual(middleOf('1 1'), [13, 50]);
});

test('round corners of a rectangle are arcs, as wide as both radii say and the sides allow', () => {
  const round = '<path d="M15 20H45A5 4 0 0 1 50 24V36A5 4 0 0 1 45 40H15A5 4 0 0 1 10 36V24A5 4 0 0 1 15 20z"/>';
  same('<rect x="10" y="20" width="40" height="20" rx="5" ry="4"/>', round);
  same(
    '<rect x="10" y="20" width="40" height="20" ry="5"/>',
    '<rect x="10" y="20" width="40" height="20" rx="5" ry="5"/>',
  );
  same(
    '<rect x="10" y="20" width="40" height="20" rx="99"/>',
    '<rect x="10" y="20" width="40" height="20" rx="20" ry="10"/>',
  );
});

test('transforms of every kind are done in their order, one in another', () => {
  const line = '<path d="M0 0L10 5"/>';
  same(`<g transform="translate(20,30) scale(2 3)">${line}</g>`, '<path d="M20 30L40 45"/>');
  same(`<g transform="translate(20 30)"><g transform="rotate(90)">${line}</g></g>`, '<path d="M20 30L15 40"/>');
  same(`<g transform="rotate(90 20 30),translate(20)">${line}</g>`, '<path d="M50 30L45 40"/>');
  same(`<g transform="matrix(1 2 3 4 5 6)">${line}</g>`, '<path d="M5 6L30 46"/>');
  same(`<g transform="translate(20 20)skewX(45)skewY(0)">${line}</g>`, '<path d="M20 20L35 25"/>');
  same(`<g transform="translate(20 20) skewY(45)">${line}</g>`, '<path d="M20 20L30 35"/>');
});

test('lengths have units, at 96 to the inch, and percentages of what they stand in', () => {
  const inUnits = (x: string) =>
    planned(`<svg width="100mm" height="100mm"><path d="M0 0V377" stroke="red"/><line x2="${x}" stroke="red"/></svg>`);
  for (const [x, mm] of [
    ['96', 25.4],
    ['1in', 25.4],
    ['2.54cm', 25.4],
    ['72pt', 25.4],
    ['6pc', 25.4],
    ['10mm', 10],
    ['40Q', 10],
    ['50%', 50],
    ['1em', 4.233],
  ] as const) {
    const { paths } = inUnits(x).paths;
    const across = paths.find((path) => path[1] === path[3]) ?? [];
    assert.ok(Math.abs(Math.abs((across[2] ?? 0) - (across[0] ?? 0)) / 1000 - mm) < 0.003, x);
  }
  same('<circle cx="50%" cy="25%" r="10%"/>', '<circle cx="50" cy="25" r="10"/>');
});

test('a viewBox lies in its window as preserveAspectRatio asks', () => {
  const inner = (attributes: string) =>
    `<svg x="10" y="20" width="40" height="20" viewBox="0 0 10 10" ${attributes}><path d="M2 4H8V6"/></svg>`;
  same(inner(''), '<path d="M24 28H36V32"/>');
  same(inner('preserveAspectRatio="xMinYMid"'), '<path d="M14 28H26V32"/>');
  same(inner('preserveAspectRatio="xMaxYMid meet"'), '<path d="M34 28H46V32"/>');
  same(inner('preserveAspectRatio="none"'), '<path d="M18 28H42V32"/>');
  same(inner('preserveAspectRatio="xMidYMid slice"'), '<path d="M18 26H42V34"/>');
  same(inner('preserveAspectRatio="xMidYMin slice"'), '<path d="M18 36H42V40"/>');
  same('<svg x="10" y="20" viewBox="5 5 50 50"><path d="M5 5H10"/></svg>', '<path d="M10 20H20"/>');
  same('<svg width="0"><path d="M5 5H10"/></svg><path d="M1 5H9"/>', '<path d="M1 5H9"/>');
});

test('use shows a shape, a group or a symbol at its place, styled by where it stands', () => {
  const defs =
    '<defs><g id="g"><path d="M0 0L10 5"/></g><symbol id="s" viewBox="0 0 10 10"><path d="M1 1L9 5"/></symbol></defs>';
  same(`${defs}<use href="#g" x="20" y="30"/>`, '<path d="M20 30L30 35"/>');
  same(`${defs}<use xlink:href="#g" transform="scale(2)" x="20" y="30"/>`, '<path d="M40 60L60 70"/>');
  same(`${defs}<use href="#s" x="20" y="30" width="20" height="20"/>`, '<path d="M22 32L38 40"/>');
  same(`<path id="a" d="M0 0L10 5"/><use href="#a" y="9"/>`, '<path d="M0 0L10 5M0 9L10 14"/>');
  same(`${defs}<path d="M0 0L10 5"/>`, '<path d="M0 0L10 5"/>');
});

test('what is hidden is not drawn, whoever hides it: attribute, style, class, name or parent', () => {
  const css = '<style>/* .b */ .h, #n > path { display: none } .v{visibility:hidden}@import url(x);</style>';
  const shown = '<path d="M10 10H20"/>';
  for (const hidden of [
    '<path d="M0 5H9" display="none"/>',
    '<g style="display : none"><path d="M0 5H9"/></g>',
    '<path class="x h" d="M0 5H9"/>',
    '<g id="n"><path d="M0 5H9"/></g>',
    '<g class="v"><path d="M0 5H9"/></g>',
    '<g opacity="0"><path d="M0 5H9"/></g>',
    '<path stroke-opacity="0%" d="M0 5H9"/>',
    '<path stroke-width="0" d="M0 5H9"/>',
    '<path stroke="#00000000" d="M0 5H9"/>',
    '<path stroke="rgba(0,0,0,0)" d="M0 5H9"/>',
    '<unknown><path d="M0 5H9"/></unknown>',
    '<clipPath><path d="M0 5H9"/></clipPath>',
  ]) {
    same(`${css}${hidden}${shown}`, shown);
  }
  same(`${css}<g class="v"><path visibility="visible" d="M10 10H20"/></g>`, shown);
});

test('a style is taken from attribute, sheet and style in the order of CSS', () => {
  const drawn = (sheet: string, attributes: string) =>
    planned(
      svgOf(
        `<style>${sheet}</style><g class="outer"><path id="p" class="c" ${attributes} d="M0 0H50"/></g><path style="stroke:red!important" d="M0 9H50"/>`,
      ),
    ).lifts === 2;
  assert.ok(drawn('', ''));
  assert.ok(!drawn('', 'stroke="none"'));
  assert.ok(drawn('path{stroke:red}', 'stroke="none"'));
  assert.ok(!drawn('.c{stroke:none}path{stroke:red}', ''));
  assert.ok(drawn('.c{stroke:none}#p{stroke:red}', ''));
  assert.ok(drawn('#p{stroke:none}', 'style="stroke:red"'));
  assert.ok(!drawn('path{stroke:none!important}', 'style="stroke:red"'));
  assert.ok(!drawn('.outer path{stroke:none}', ''));
  assert.ok(!drawn('svg g > .c{stroke:none}', ''));
  assert.ok(drawn('svg > .c{stroke:none}', ''));
  assert.ok(drawn('.c.d{stroke:none}', ''));
  assert.ok(!drawn('g{stroke:none}g path{stroke:inherit}', ''));
  assert.ok(drawn('<![CDATA[path{stroke:red}]]>', 'stroke="none"'));
});

test('areas are outlined, and hatched where that is wished; what is white is left out', () => {
  assert.deepEqual(inkOnPage('<path stroke="none" fill="red" d="M10 10H20V20"/>'), [[10, 10, 20, 10, 20, 20, 10, 10]]);
  const square = '<rect x="10" y="10" width="20" height="20" stroke="none" fill="#123"/>';
  const hatched = inkOnPage(square, { hatchMm: 0.6 });
  assert.ok(Math.abs(hatched.length - 1 - (20 * Math.SQRT2) / 0.6) < 2, `${hatched.length}`);
  assert.equal(inkOnPage('<rect x="10" y="10" width="20" height="20"/>', { hatchMm: 0.6 }).length, 1);
  assert.deepEqual(
    left(
      svgOf(
        '<rect width="100%" height="100%" fill="white" stroke="none"/><path stroke="#FFF" d="M0 0H9"/><path d="M0 5H9"/><path stroke="none" d="M0 0H9"/>',
      ),
    ),
    {
      'white area': 1,
      'white line': 1,
      'shape without line and fill': 1,
    },
  );
});

test('what is left out is named with its count', () => {
  const svg = svgOf(
    '<style>path:hover{stroke:red}@media print{path{stroke:none}}</style><text>a</text><text>b</text><g display="none"><text/></g>' +
      '<image/><path clip-path="url(#c)" mask="url(#m)" filter="url(#f)" d="M0 0H9"/><path marker-end="url(#a)" stroke-dasharray="2 1" d="M0 5H9"/>' +
      '<use href="other.svg#a"/><use href="#missing"/><path style="transform:rotate(3deg)" d="M0 8H9"/><g id="loop"><use href="#loop"/></g>' +
      '<path d="M95 50H105"/><path d="M200 50H205"/><path d="M50 50l0.01 0.01"/><foreignObject/>',
  );
  assert.deepEqual(left(svg), {
    'CSS rule': 2,
    text: 2,
    image: 1,
    clip: 1,
    mask: 1,
    filter: 1,
    marker: 1,
    'dashes, drawn whole': 1,
    'other file': 1,
    'use of what is missing': 1,
    'use of itself': 1,
    'CSS transform': 1,
    'foreign object': 1,
    'shape cut at the edge of the page': 2,
    'speck under 0.05 mm': 1,
  });
});

test('what is outside of the page or of a window is cut off as a browser does, also in a turned one', () => {
  assert.deepEqual(inkOnPage('<path d="M-20 50H50M50 -10V10M90 40H120V60H90"/>'), [
    [0, 50, 50, 50],
    [50, 0, 50, 10],
    [90, 40, 100, 40],
    [100, 60, 90, 60],
  ]);
  same('<svg x="10" y="10" width="20" height="20"><path d="M-50 5H50"/></svg>', '<path d="M10 15H30"/>');
  same(
    '<svg x="10" y="10" width="20" height="20" overflow="visible"><path d="M-5 5H50"/></svg>',
    '<path d="M5 15H60"/>',
  );
  same(
    '<g transform="translate(50 50) rotate(45)"><svg width="20" height="20"><path d="M-50 10H50"/></svg></g>',
    '<path d="M42.929 57.071L57.071 71.213"/>',
  );
});

test('a dot with round ends is drawn as a short line, one without is not seen', () => {
  assert.deepEqual(inkOnPage('<path stroke-linecap="round" d="M50 50h0"/>'), [[49.85, 50, 50.15, 50]]);
  assert.deepEqual(inkOnPage('<path stroke-linecap="round" d="M50 50z"/>'), [[49.85, 50, 50.15, 50]]);
  assert.deepEqual(inkOnPage('<path d="M50 50h0"/><path d="M10 10h5"/>'), [[10, 10, 15, 10]]);
});

test('a drawing fills its box, is turned where it may be, and its ink lies in the middle', () => {
  const wide = svgOf('<path d="M10 10H50V20"/>');
  const bounds = (options: Parameters<typeof planned>[1]) => {
    const { paths, scale, isTurned } = planned(wide, options);
    const numbers = paths.paths.flat();
    const xs = numbers.filter((_, at) => at % 2 === 0);
    const ys = numbers.filter((_, at) => at % 2 === 1);
    const edges = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    return { edges, scale: Math.round(scale * 1e4) / 1e4, isTurned };
  };
  const box = { boxWidthMm: 60, boxHeightMm: 80 };
  assert.deepEqual(bounds({ ...box, mode: 'fit' }), {
    edges: [0, 60_000, 32_500, 47_500],
    scale: 1.5,
    isTurned: false,
  });
  assert.deepEqual(bounds({ ...box, mode: 'fit', mayTurn: true }), {
    edges: [20_000, 40_000, 0, 80_000],
    scale: 2,
    isTurned: true,
  });
  assert.deepEqual(bounds({ ...box, mode: 'mm', mayTurn: true }), {
    edges: [10_000, 50_000, 35_000, 45_000],
    scale: 1,
    isTurned: false,
  });
  assert.deepEqual(bounds({ boxWidthMm: 20, boxHeightMm: 50, mode: 'mm', mayTurn: true }), {
    edges: [5_000, 15_000, 5_000, 45_000],
    scale: 1,
    isTurned: true,
  });
});

test('one straight line is a drawing, however thin it is', () => {
  const { paths } = planned(svgOf('<path d="M10 10H50"/>'), { mode: 'fit' }).paths;
  assert.deepEqual(paths, [[0, 50_000, 100_000, 50_000]]);
  assert.equal(planned(svgOf('<path d="M10 10V50"/>'), { mode: 'fit', mayTurn: true }).lifts, 1);
});

test('small ink on a large page is as smooth as large ink', () => {
  const small = planned(svgOf('<circle cx="90" cy="90" r="0.5"/>'), { mode: 'fit' });
  const large = planned(svgOf('<circle cx="50" cy="50" r="49"/>'), { mode: 'fit' });
  assert.ok(Math.abs((small.paths.paths[0]?.length ?? 0) - (large.paths.paths[0]?.length ?? 0)) <= 4);
});

test('layers, or else colours, are drawn one after the other, and their lines are never joined', () => {
  const attributes = 'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"';
  const line = (d: string, more = '') => `<path d="${d}" ${more}/>`;
  const layer = (content: string) => `<g inkscape:groupmode="layer" id="l${content.length}">${content}</g>`;
  const layered = planned(
    svgOf(
      layer(line('M0 0H10') + line('M90 90H80', 'stroke="red"')) +
        layer(line('M10 0H20') + line('M0 9H9') + line('M0 19H9')),
      attributes,
    ),
    { keepOrder: false },
  );
  assert.equal(layered.lifts, 5);
  const colours = planned(
    svgOf(
      line('M0 0H10') +
        line('M10 0H20', 'stroke="#f00"') +
        line('M20 0H30') +
        line('M30 0H90', 'style="stroke:rgb(100%,0,0)"'),
    ),
    { keepOrder: false },
  );
  const red = (path: readonly number[]) => path.map((value) => Math.round(value / 1000) - 5);
  assert.equal(colours.lifts, 4);
  const starts = colours.paths.paths.map((path) => Math.min(red(path)[0] ?? 0, red(path)[2] ?? 0));
  assert.deepEqual(
    [starts.slice(0, 2).sort((a, b) => a - b), starts.slice(2).sort((a, b) => a - b)],
    [
      [0, 20],
      [10, 30],
    ],
  );
  assert.equal(
    planned(svgOf(line('M0 0H10') + line('M10 0H20', 'stroke="#000"') + line('M20 0H90')), { keepOrder: false }).lifts,
    1,
  );
});

test('lines are sorted unless their order is kept', () => {
  const scattered = Array.from({ length: 40 }, (_, n) => `<path d="M${(n * 37) % 97} ${(n * 61) % 89}h2"/>`).join('');
  const [sorted, kept] = [false, true].map((keepOrder) => planned(svgOf(scattered), { keepOrder }));
  assert.equal(sorted?.lifts, kept?.lifts);
  assert.ok((sorted?.penUpMm ?? 0) < 0.4 * (kept?.penUpMm ?? 0));
});

test('files of drawing programs are read: prefixes, namespaces by entity, a byte order mark, a switch', () => {
  assert.equal(
    planned(
      '<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="90" height="90"><svg:path stroke="red" d="M0 0H50"/></svg:svg>',
    ).lifts,
    1,
  );
  const ownPrefix =
    '<s:svg xmlns:s="http://www.w3.org/2000/svg" xmlns:o="urn:other" width="90" height="90"><s:g><s:path stroke="red" d="M0 0H50"/><o:path stroke="red" d="M0 5H50"/></s:g></s:svg>';
  assert.equal(planned(ownPrefix).lifts, 1);
  const illustrator =
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [ <!ENTITY ns_svg "http://www.w3.org/2000/svg"> <!ENTITY ns_ai "http://ns.adobe.com/AdobeIllustrator/10.0/"> ]>' +
    '<svg xmlns="&ns_svg;" xmlns:i="&ns_ai;" width="90" height="90"><switch><foreignObject requiredExtensions="&ns_ai;"/><g><path stroke="red" d="M0 0H50"/></g></switch></svg>';
  assert.deepEqual([planned(illustrator).lifts, planned(illustrator).skipped], [1, []]);
  assert.equal(planned(`\ufeff${svgOf('<path d="M0 0H50"/>')}`).lifts, 1);
});

test('whatever lines a file has, the ink is all of them, in the box, and as long as they are', () => {
  const number = fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10);
  const path = fc.array(fc.tuple(number, number), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 12 }), fc.boolean(), (paths, keepOrder) => {
      const long = paths.filter((points) =>
        points.some(([x, y]) => Math.hypot(x - (points[0]?.[0] ?? 0), y - (points[0]?.[1] ?? 0)) > 2),
      );
      fc.pre(long.length === paths.length);
      const d = paths.map((points) => `M${points.join('L')}`).join('');
      const plan = planned(svgOf(`<path d="${d}"/>`), { keepOrder });
      const wanted = paths.flatMap((points) =>
        points.slice(1).map(([x, y], at) => Math.hypot(x - (points[at]?.[0] ?? 0), y - (points[at]?.[1] ?? 0))),
      );
      const ink = wanted.reduce((sum, mm) => sum + mm, 0);
      assert.ok(Math.abs(plan.inkMm - ink) <= 0.02 * ink + 0.3, `${plan.inkMm} of ${ink}`);
    }),
  );
});
