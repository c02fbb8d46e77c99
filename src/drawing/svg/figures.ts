import { type Outline, transformed } from './curves.ts';
import { type SvgElement, svgMax, tooDeep, tooManyElements } from './document.ts';
import {
  applyTo,
  chain,
  identity,
  lengthOf,
  type Matrix,
  refuseNumber,
  refuseSize,
  transformOf,
  type Viewport,
  viewBoxMatrix,
  viewBoxOf,
} from './measures.ts';
import { outlinesOf, PointCount, shapeNames } from './shape-outlines.ts';
import { amountOf, paintOf, type Style, StyleSheets } from './style.ts';

/** Four corners of a window that shapes are seen through, as x, y, x, y, … */
export type Window = readonly number[];

/** A shape as a pen sees it; places are in pixels of the page, y down. */
export interface Figure {
  /** What is drawn together: the layer of a drawing program, or else the colour. */
  readonly layer: string | null;
  readonly colour: string;
  readonly outlines: readonly Outline[];
  /** How its area is filled, where it is and may be hatched. */
  readonly fillRule: 'nonzero' | 'evenodd' | null;
  readonly windows: readonly Window[];
}

interface Figures {
  readonly figures: readonly Figure[];
  readonly skipped: ReadonlyMap<string, number>;
}

/** What an element takes from those that it stands in. */
interface Place {
  readonly matrix: Matrix;
  readonly viewport: Viewport;
  readonly style: Style | null;
  readonly ancestors: readonly SvgElement[];
  readonly windows: readonly Window[];
  readonly layer: string | null;
  /** What `use` says of the element that it shows, such as its size. */
  readonly shownBy: SvgElement | null;
}

/** The shapes of an SVG in the order in which they are written. Throws a `DrawingRefusal`. */
export function figuresOf(root: SvgElement): Figures {
  const reader = new FigureReader(root);
  reader.read();
  // Not the reader itself: what was read can be forgotten from here on.
  return { figures: reader.figures, skipped: reader.skipped };
}

/** Elements that hold others and show them. */
const groups: ReadonlySet<string> = new Set(['g', 'a', 'svg', 'symbol', 'switch']);
/** Elements that are seen, and that a pen cannot draw, by the word for them. */
const undrawable: Readonly<Record<string, string>> = {
  text: 'text',
  image: 'image',
  foreignObject: 'foreign object',
  video: 'video',
  audio: 'audio',
  canvas: 'canvas',
  iframe: 'iframe',
};
/** Properties that change how an element is seen, and that are left out. */
const effects = ['clip-path', 'mask', 'filter'] as const;
const effectWords = { 'clip-path': 'clip', mask: 'mask', filter: 'filter' } as const;
/** The size of an SVG that names none. */
const plainViewport: Viewport = { width: 300, height: 150 };

class FigureReader {
  readonly figures: Figure[] = [];
  readonly skipped = new Map<string, number>();
  readonly #root: SvgElement;
  readonly #sheets = new StyleSheets();
  readonly #byId = new Map<string, SvgElement>();
  readonly #points = new PointCount();
  #visited = 0;

  constructor(root: SvgElement) {
    this.#root = root;
  }

  read(): void {
    this.#collect(this.#root);
    if (this.#sheets.ignored > 0) this.skipped.set('CSS rule', this.#sheets.ignored);
    this.#visit(this.#root, {
      matrix: identity,
      viewport: pageOf(this.#root),
      style: null,
      ancestors: [],
      windows: [],
      layer: null,
      shownBy: null,
    });
  }

  #skip(what: string): void {
    this.skipped.set(what, (this.skipped.get(what) ?? 0) + 1);
  }

  /** Style sheets and names hold for the whole file, also for what stands before them. */
  #collect(element: SvgElement): void {
    const { id } = element.attributes;
    if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, element);
    if (element.name === 'style' && /^(?:|text\/css)$/.test(element.attributes.type ?? '')) {
      this.#sheets.add(element.text);
    }
    for (const child of element.children) this.#collect(child);
  }

  #visit(element: SvgElement, place: Place): void {
    this.#visited += 1;
    if (this.#visited > 2 * svgMax.elements) tooManyElements();
    if (place.ancestors.length >= svgMax.depth) tooDeep();
    const { name } = element;
    const isShape = shapeNames.has(name);
    const isSymbolAlone = name === 'symbol' && place.shownBy === null;
    if (isSymbolAlone || !(isShape || groups.has(name) || name === 'use' || name in undrawable)) return;
    const style = this.#sheets.styleOf(element, place.ancestors, place.style);
    if (style.display === 'none' || amountOf(style.opacity) === 0) return;
    if (name in undrawable) {
      if (isVisible(style)) this.#skip(undrawable[name] ?? name);
      return;
    }
    for (const effect of effects) {
      if ((style[effect] ?? 'none') !== 'none') this.#skip(effectWords[effect]);
    }
    if ((style.transform ?? 'none') !== 'none') this.#skip('CSS transform');
    const matrix = chain(place.matrix, transformOf(element));
    const inner = { ...place, matrix, style, ancestors: [...place.ancestors, element], shownBy: null };
    if (isShape) this.#draw(element, inner);
    else if (name === 'use') this.#use(element, inner);
    else this.#enter(element, inner, place.shownBy);
  }

  /** Shows what stands in a group; an `svg` or a `symbol` with a window of its own. */
  #enter(element: SvgElement, place: Place, shownBy: SvgElement | null): void {
    const isWindow = element.name === 'svg' || element.name === 'symbol';
    const inside = isWindow ? this.#through(element, place, shownBy) : withLayer(element, place);
    if (inside === null) return;
    if (element.name !== 'switch') {
      for (const child of element.children) this.#visit(child, inside);
      return;
    }
    const taken = element.children.find(
      ({ name, attributes }) => name !== 'foreignObject' && attributes.requiredExtensions === undefined,
    );
    if (taken !== undefined) this.#visit(taken, inside);
  }

  /** The place inside of an `svg` or a `symbol`; null when it has no size, and nothing in it is seen. */
  #through(element: SvgElement, place: Place, shownBy: SvgElement | null): Place | null {
    const isRoot = place.ancestors.length === 1;
    const { viewport } = place;
    const from = (attribute: 'width' | 'height') =>
      (shownBy === null ? null : lengthOf(shownBy, attribute, viewport[attribute])) ??
      lengthOf(element, attribute, viewport[attribute]) ??
      viewport[attribute];
    const size = isRoot ? viewport : { width: from('width'), height: from('height') };
    if (size.width <= 0 || size.height <= 0) return null;
    const [x, y] = isRoot
      ? [0, 0]
      : [lengthOf(element, 'x', viewport.width) ?? 0, lengthOf(element, 'y', viewport.height) ?? 0];
    const placed = chain(place.matrix, [1, 0, 0, 1, x, y]);
    const matrix = chain(placed, viewBoxMatrix(element, size));
    const box = viewBoxOf(element);
    const inner = box === null ? size : { width: box[2], height: box[3] };
    const isOpen = /^(?:visible|auto)/.test(place.style?.overflow ?? '') || (isRoot && !hasSize(element));
    const windows = isOpen ? place.windows : [...place.windows, cornersOf(placed, size)];
    return { ...withLayer(element, place), matrix, viewport: inner, windows };
  }

  #use(element: SvgElement, place: Place): void {
    const { attributes } = element;
    const target = (attributes.href ?? attributes['xlink:href'] ?? '').trim();
    const shown = target.startsWith('#') ? this.#byId.get(target.slice(1)) : undefined;
    if (shown === undefined || place.ancestors.includes(shown)) {
      this.#skip(
        shown !== undefined ? 'use of itself' : target.startsWith('#') ? 'use of what is missing' : 'other file',
      );
      return;
    }
    const [x, y] = [
      lengthOf(element, 'x', place.viewport.width) ?? 0,
      lengthOf(element, 'y', place.viewport.height) ?? 0,
    ];
    this.#visit(shown, { ...place, matrix: chain(place.matrix, [1, 0, 0, 1, x, y]), shownBy: element });
  }

  #draw(element: SvgElement, place: Place): void {
    const style = place.style ?? {};
    // Read even when it is not seen: a file that is broken is refused wherever it is.
    const outlines = outlinesOf(element, place.viewport, this.#points);
    if (outlines.length === 0 || !isVisible(style)) return;
    for (const marker of ['marker-start', 'marker-mid', 'marker-end']) {
      if ((style[marker] ?? 'none') !== 'none') this.#skip('marker');
    }
    const { line, area, why } = inkOf(element, style);
    if (why !== null) {
      this.#skip(why);
      return;
    }
    if (line !== null && /[1-9]/.test(style['stroke-dasharray'] ?? '')) this.#skip('dashes, drawn whole');
    const hasDots = line !== null && /^(?:round|square)$/.test(style['stroke-linecap'] ?? '');
    const seen = outlines
      .filter((outline) => hasDots || !isPoint(outline))
      // An area is seen as if its outline were closed.
      .map((outline) => transformed(line === null ? { ...outline, isClosed: true } : outline, place.matrix));
    for (const { numbers } of seen) {
      const wrong = numbers.find((number) => !(Math.abs(number) < placeMax));
      if (wrong !== undefined) refuseNumber(element, 'transform', `a place at ${wrong}`);
    }
    this.figures.push({
      layer: place.layer,
      colour: line ?? area ?? '',
      outlines: seen,
      fillRule: area === null ? null : style['fill-rule'] === 'evenodd' ? 'evenodd' : 'nonzero',
      windows: place.windows,
    });
  }
}

/** Further out, in pixels, nothing can be meant. */
const placeMax = 1e12;

interface Ink {
  readonly line: string | null;
  readonly area: string | null;
  /** Why nothing of the shape is drawn; null when something is. */
  readonly why: string | null;
}

/** With which colours a pen draws the line and the area of a shape: nothing that is white, as the paper is. */
function inkOf({ name }: SvgElement, style: Style): Ink {
  const isWide = Number.parseFloat(style['stroke-width'] ?? '1') !== 0;
  const stroke = isWide ? paintOf(style, 'stroke') : null;
  const fill = name === 'line' ? null : paintOf(style, 'fill');
  const [line, area] = [stroke === white ? null : stroke, fill === white ? null : fill];
  if (line !== null || area !== null) return { line, area, why: null };
  const why = stroke === white ? 'white line' : fill === white ? 'white area' : 'shape without line and fill';
  return { line, area, why };
}

/** White is what the paper is. */
const white = '#ffffff';

function isVisible({ visibility }: Style): boolean {
  return visibility !== 'hidden' && visibility !== 'collapse';
}

function isPoint({ numbers }: Outline): boolean {
  return numbers.every((number, at) => number === numbers[at % 2]);
}

function hasSize({ attributes }: SvgElement): boolean {
  return attributes.viewBox !== undefined || (attributes.width !== undefined && attributes.height !== undefined);
}

/** The size of the page in pixels. */
function pageOf(root: SvgElement): Viewport {
  const box = viewBoxOf(root);
  const [, , boxWidth, boxHeight] = box ?? [0, 0, plainViewport.width, plainViewport.height];
  const given = (attribute: 'width' | 'height', whole: number) =>
    root.attributes[attribute]?.trim().endsWith('%') ? null : lengthOf(root, attribute, whole);
  const [width, height] = [given('width', boxWidth), given('height', boxHeight)];
  for (const [name, size] of Object.entries({ width, height })) {
    if (size !== null && size <= 0) refuseSize(root, `its ${name} is ${size}`);
  }
  return {
    width: width ?? (height === null ? boxWidth : (height * boxWidth) / boxHeight),
    height: height ?? (width === null ? boxHeight : (width * boxHeight) / boxWidth),
  };
}

function cornersOf(matrix: Matrix, { width, height }: Viewport): Window {
  return [
    ...applyTo(matrix, 0, 0),
    ...applyTo(matrix, width, 0),
    ...applyTo(matrix, width, height),
    ...applyTo(matrix, 0, height),
  ];
}

/** Inkscape's layers; one in another is a layer of its own. */
function withLayer({ name, attributes, line }: SvgElement, place: Place): Place {
  if (name !== 'g' || attributes['inkscape:groupmode'] !== 'layer') return place;
  return { ...place, layer: attributes.id ?? attributes['inkscape:label'] ?? `line ${line}` };
}
