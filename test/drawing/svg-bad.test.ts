/** Files that are no drawing, broken, or made to do harm: each is refused with its place and a remedy, in little time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { planDrawing, planDrawingFile } from '../../src/drawing/svg/plan-drawing.ts';
import { planned, refusedSvg, svgOf, svgOptions } from './svg-files.ts';

const line = '<path d="M0 0H50"/>';
const text = (svg: string) => new TextEncoder().encode(svg);
const codeOf = (file: string | Uint8Array, options = {}) => refusedSvg(file, options).code;

test('a web page, a compressed file, a picture, nothing at all: each is named', () => {
  assert.equal(codeOf('<!DOCTYPE html><html><body><svg/></body></html>'), 'drawing-html');
  assert.equal(codeOf('\n<HTML>'), 'drawing-html');
  assert.equal(codeOf('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'), 'drawing-html');
  assert.equal(codeOf(gzipSync(svgOf(line))), 'drawing-compressed');
  assert.equal(codeOf(''), 'drawing-empty');
  assert.equal(codeOf(new Uint8Array()), 'drawing-empty');
  assert.equal(codeOf(' \n\t'), 'drawing-empty');
  assert.equal(codeOf('%PDF-1.7'), 'drawing-not-svg');
  assert.equal(codeOf(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])), 'drawing-encoding');
  assert.equal(codeOf('<?xml version="1.0"?><kml/>'), 'drawing-not-svg');
  assert.equal(codeOf('<svg'), 'drawing-xml');
  assert.equal(codeOf('<!-- a -->'), 'drawing-xml');
  assert.match(refusedSvg(`<svg>\n<path>\n</svg>`).what, /line 3/);
});

test('UTF-16 is read, with its mark or without; UTF-8 that is none is refused', () => {
  const utf16 = (svg: string, isBig: boolean) => {
    const bytes = Buffer.from(svg, 'utf16le');
    return new Uint8Array(isBig ? bytes.swap16() : bytes);
  };
  for (const isBig of [false, true]) {
    for (const mark of ['\ufeff', '']) {
      const plan = planDrawingFile(utf16(`${mark}${svgOf(line)}`, isBig), svgOptions);
      assert.ok(plan.ok && plan.lifts === 1);
    }
  }
  const latin = Buffer.from(
    `<?xml version="1.0" encoding="ISO-8859-1"?><svg width="9mm" height="9mm"><path id="é" stroke="red" d="M0 0H20"/></svg>`,
    'latin1',
  );
  const read = planDrawingFile(new Uint8Array(latin), svgOptions);
  assert.ok(read.ok);
  assert.equal(codeOf(new Uint8Array([...text(svgOf(line)), 0xff])), 'drawing-encoding');
  assert.equal(codeOf(text('<?xml version="1.0" encoding="x-nothing"?><svg/>')), 'drawing-encoding');
});

test('a drawing without a size, or without anything to draw, is refused', () => {
  const sized = (attributes: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>\n<path stroke="red" d="M0 0H50"/></svg>`;
  for (const attributes of [
    'width="0" height="9"',
    'width="9" height="0mm"',
    'viewBox="0 0 0 9"',
    'viewBox="0 0 9 -1"',
    'width="-3" height="3"',
  ]) {
    assert.equal(codeOf(sized(attributes)), 'drawing-zero-size', attributes);
  }
  assert.equal(codeOf(svgOf('')), 'drawing-nothing');
  assert.match(refusedSvg(svgOf('<text>a</text><image/><path d="M200 0h9"/>')).what, /1 × text, 1 × image/);
  assert.equal(codeOf(svgOf('<path d="M5 5"/><circle r="0"/><rect width="-1" height="5"/>')), 'drawing-nothing');
});

test('what is no number is refused with line, attribute and value', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<path d="M0 NaN"/>', /Line 2: "d" of <path> is ".*NaN/],
    ['<path d="M0 0L1e999 5"/>', /"d" of <path> is "Infinity"/],
    ['<path d="M0 0L5"/>', /"d" of <path>/],
    ['<path d="L5 5"/>', /"d" of <path>/],
    ['<path d="M0 0 R1 2 3 4 5 6"/>', /"d" of <path>/],
    ['<polyline points="1,2 3"/>', /"points" of <polyline> is "…1,2 3"/],
    ['<polyline points="1,2 NaN,3"/>', /"points" of <polyline> is "NaN,3"/],
    ['<circle r="NaN"/>', /"r" of <circle> is "NaN"/],
    ['<circle r="5 %"/>', /^$/],
    ['<rect width="1e400" height="1"/>', /"width" of <rect>/],
    ['<rect width="calc(1px + 2%)" height="1"/>', /"width" of <rect> is "calc/],
    ['<rect width="3parsec" height="1"/>', /"width" of <rect> is "3parsec"/],
    ['<g transform="rotate(1,2)"/>', /"transform" of <g> is "rotate\(1,2\)"/],
    ['<g transform="spin(1)"/>', /"transform" of <g>/],
    ['<g transform="scale(NaN)"/>', /"transform" of <g>/],
    ['<g transform="scale(1e9)"><g transform="scale(1e9)"><path d="M0 0H9"/></g></g>', /"transform" of <path>/],
    ['<svg viewBox="0 0 9"/>', /"viewBox" of <svg> is "0 0 9"/],
    ['<svg viewBox="0 0 9 9" preserveAspectRatio="left"/>', /"preserveAspectRatio" of <svg> is "left"/],
    ['<g visibility="hidden"><path d="M0 x"/></g>', /"d" of <path>/],
    ['<path d="M0 0\u009b2J"/>', /"d" of <path> is "[^\u009b]*"/],
  ];
  for (const [content, why] of cases) {
    if (why.source === '^$') {
      planned(svgOf(`${content}${line}`));
      continue;
    }
    const fault = refusedSvg(svgOf(`${content}${line}`));
    assert.equal(fault.code, 'drawing-number', content);
    assert.match(fault.what, why, content);
  }
});

test('a million points are refused however they are written, before they take memory', () => {
  const path = (parts: string) => svgOf(`<path d="M0 0${parts}"/>`);
  for (const svg of [
    path('l1 1'.repeat(1_000_000)),
    path('h1 '.repeat(1_000_000)),
    path('1 1'.repeat(1_000_000)),
    path('-.1-.1'.repeat(500_000)),
    path('z'.repeat(1_000_000)),
    svgOf(`<polyline points="${'1 2 '.repeat(1_000_000)}"/>`),
    svgOf('<path d="M0 0h1v1"/>'.repeat(150_000)),
    // Few parts, and more points than anybody could draw once they are made.
    `<svg width="100mm" height="100mm">${'<circle r="9" fill="none" stroke="red"/>'.repeat(30_000)}</svg>`,
  ]) {
    assert.match(codeOf(svg), /^drawing-too-many-points$/);
  }
  assert.equal(codeOf(svgOf('<g/>'.repeat(250_000))), 'drawing-too-many-elements');
  assert.equal(codeOf(' '.repeat(5_000_001)), 'drawing-file-too-large');
  assert.equal(codeOf(new Uint8Array(5_000_001)), 'drawing-file-too-large');
  const apart = Array.from(
    { length: 21_000 },
    (_, n) => `<path d="M${(n % 150) * 0.6} ${Math.floor(n / 150) * 0.6}h.3"/>`,
  );
  assert.match(refusedSvg(svgOf(apart.join(''))).what, /21000 separate lines, and 20000 is the most/);
});

test('a drawing of the same line 66,000 times is read as any other', () => {
  assert.equal(planned(svgOf('<path d="M0 0h9v9"/>'.repeat(66_000)), { keepOrder: false }).lifts, 1);
});

test('a billion laughs are not laughed, be they entities, uses or groups in each other', () => {
  const levels = Array.from({ length: 10 }, (_, n) => n);
  const entities = levels.map((n) => `<!ENTITY lol${n} "${n === 0 ? 'lol' : `&lol${n - 1};`.repeat(10)}">`).join('');
  assert.equal(
    codeOf(`<?xml version="1.0"?><!DOCTYPE svg [${entities}]><svg><text>&lol9;</text></svg>`),
    'drawing-entities',
  );
  assert.equal(codeOf(`<!DOCTYPE svg [<!ENTITY a "<path d='M0 0H9'/>">]><svg>&a;</svg>`), 'drawing-entities');
  assert.equal(codeOf('<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'), 'drawing-entities');
  assert.equal(codeOf('<!DOCTYPE svg [<!ENTITY % a "x">%a;]><svg/>'), 'drawing-entities');
  assert.equal(codeOf('<svg>&nbsp;</svg>'), 'drawing-entities');
  const uses = levels
    .map((n) => `<g id="u${n}">${n === 0 ? line : `<use href="#u${n - 1}"/>`.repeat(10)}</g>`)
    .join('');
  assert.match(codeOf(svgOf(`<defs>${uses}</defs><use href="#u9"/>`)), /^drawing-too-many-(elements|points)$/);
  assert.equal(codeOf(svgOf('<g>'.repeat(60) + '</g>'.repeat(60))), 'drawing-too-deep');
  const chain = Array.from({ length: 80 }, (_, n) => `<g id="c${n}"><use href="#c${n + 1}"/></g>`).join('');
  assert.equal(codeOf(svgOf(`<defs>${chain}</defs><use href="#c0"/>`)), 'drawing-too-deep');
  assert.equal(codeOf(svgOf(`<style>${'.a{stroke:red}'.repeat(6_000)}</style>${line}`)), 'drawing-too-many-rules');
  const many = `<style>${'*{stroke:red}'.repeat(4_900)}</style>${line.repeat(5_000)}`;
  assert.match(refusedSvg(svgOf(many)).what, /too many rules for so many elements/);
  assert.equal(
    codeOf(svgOf('<rect width="99" height="99" fill="red"/>'.repeat(2_000)), { hatchMm: 0.1 }),
    'drawing-too-many-paths',
  );
});

test('a drawing thinner than the pen, or larger than its place, is refused; a fit one is drawn', () => {
  const tiny = svgOf('<path d="M5 5h.5v.4"/>');
  assert.match(refusedSvg(tiny).what, /0\.50 mm large/);
  assert.equal(planned(tiny, { mode: 'fit' }).scale > 190, true);
  const thin = planned(svgOf('<rect x="10" y="10" width="50" height=".08"/>'));
  assert.equal(thin.lifts, 1);
  const large = refusedSvg(svgOf('<path d="M0 0L90 80"/>'), { boxWidthMm: 85, boxHeightMm: 85 });
  assert.equal(large.code, 'drawing-too-large');
  assert.match(large.what, /90\.0 × 80\.0 mm, and its place is 85 × 85 mm/);
  assert.throws(() => planDrawing(tiny, { ...svgOptions, boxWidthMm: Number.NaN }), RangeError);
  assert.throws(() => planDrawing(tiny, { ...svgOptions, hatchMm: 0 }), RangeError);
});

test('whatever bytes or broken SVG come, the answer is a drawing within its bounds or a fault', () => {
  const good = svgOf(
    `<style>.a{fill:red}</style><g transform="rotate(3)"><circle class="a" cx="50%" cy="40" r="3mm"/>${line}<path d="M1 2C3 4 5 6 7 8a1 2 3 0 1 4 5z"/></g><use href="#x"/>`,
  );
  const spoilt = fc
    .tuple(fc.nat(good.length), fc.nat(8), fc.string({ maxLength: 6 }))
    .map(([at, cut, put]) => good.slice(0, at) + put + good.slice(at + cut));
  fc.assert(
    fc.property(spoilt, fc.boolean(), (svg, keepOrder) => {
      const plan = planDrawing(svg, { ...svgOptions, keepOrder, hatchMm: 2 });
      if (plan.ok) planned(svg, { keepOrder, hatchMm: 2 });
      else assert.match(plan.fault.code, /^drawing-/);
    }),
    { numRuns: 3_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.ok(!planDrawingFile(bytes, svgOptions).ok)),
  );
});
