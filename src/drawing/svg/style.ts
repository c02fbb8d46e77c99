import { DrawingRefusal, type SvgElement } from './document.ts';

/** What CSS and attributes say of an element, by property; only of those that a pen can follow. */
export type Style = Readonly<Record<string, string>>;

/** Properties that children take over. */
const inherited = [
  'color',
  'fill',
  'fill-opacity',
  'fill-rule',
  'marker-end',
  'marker-mid',
  'marker-start',
  'stroke',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-opacity',
  'stroke-width',
  'visibility',
];

/** Properties that belong to their element alone. */
const own = ['clip-path', 'display', 'filter', 'mask', 'opacity', 'overflow', 'transform'];

const initialStyle: Style = { color: 'black', fill: 'black', stroke: 'none', visibility: 'visible' };
const known: ReadonlySet<string> = new Set([...inherited, ...own]);
/** Its attribute is no style: it is read as an SVG transform. */
const isAttribute = (property: string) => known.has(property) && property !== 'transform';

interface Declaration {
  readonly property: string;
  readonly value: string;
  readonly isImportant: boolean;
}

/** One step of a selector: what an element must be. `isDirect`: the next one to the left is its parent. */
interface Compound {
  readonly name: string;
  readonly id: string;
  readonly classes: readonly string[];
  readonly isDirect: boolean;
}

interface Rule {
  /** From the element outwards. */
  readonly compounds: readonly Compound[];
  readonly specificity: number;
  readonly order: number;
  readonly declarations: readonly Declaration[];
}

/** What a file's style sheets may hold; each element is held against those that could be about it. */
const rulesMax = 5_000;
/** So often a rule may be held against an element, in all. */
const comparisonsMax = 2_000_000;

/** The style sheets of a file. */
export class StyleSheets {
  /** By the last name, class or id of their selector; all others under "*". */
  readonly #rules = new Map<string, Rule[]>();
  #count = 0;
  #compared = 0;
  /** Rules whose selector is not understood, and blocks that depend on where they are shown. */
  ignored = 0;

  add(text: string): void {
    const plain = text.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ').replace(/<!--|-->/g, ' ');
    for (const { head, body } of blocksOf(plain)) {
      if (head.startsWith('@')) {
        if (!/^@(?:charset|font-face|import|namespace|keyframes)/.test(head)) this.ignored += 1;
        continue;
      }
      const declarations = declarationsOf(body);
      for (const selector of head.split(',')) this.#addRule(selector.trim(), declarations);
    }
  }

  #addRule(selector: string, declarations: readonly Declaration[]): void {
    const compounds = compoundsOf(selector);
    if (compounds === null) {
      this.ignored += 1;
      return;
    }
    this.#count += 1;
    if (this.#count > rulesMax) tooManyRules(`more than ${rulesMax} rules`);
    const specificity = compounds.reduce(
      (sum, { name, id, classes }) => sum + (id === '' ? 0 : 1e6) + 1e3 * classes.length + (name === '*' ? 0 : 1),
      0,
    );
    const [{ name, id, classes } = anything] = compounds;
    const key = id !== '' ? `#${id}` : classes[0] !== undefined ? `.${classes[0]}` : name;
    const rules = this.#rules.get(key) ?? [];
    rules.push({ compounds, specificity, order: this.#count, declarations });
    this.#rules.set(key, rules);
  }

  /**
   * The style of an element whose parents are `ancestors`, the nearest last, and whose parent has the style `parent`; null
   * for the outermost.
   */
  styleOf(element: SvgElement, ancestors: readonly SvgElement[], parent: Style | null): Style {
    const style: Record<string, string> = { ...initialStyle };
    for (const property of inherited) {
      const value = parent?.[property];
      if (value !== undefined) style[property] = value;
    }
    const declarations = this.#declarationsOf(element, ancestors);
    for (const important of [false, true]) {
      for (const { property, value, isImportant } of declarations) {
        if (isImportant !== important) continue;
        const taken = value === 'inherit' ? (parent?.[property] ?? initialStyle[property] ?? '') : value;
        if (taken !== '') style[property] = taken;
      }
    }
    return style;
  }

  /** All that is declared for an element, the weakest first: attributes, rules, its own `style`. */
  #declarationsOf(element: SvgElement, ancestors: readonly SvgElement[]): Declaration[] {
    const { attributes } = element;
    const found: Declaration[] = [];
    for (const [property, value] of Object.entries(attributes)) {
      if (isAttribute(property)) found.push({ property, value: value.trim(), isImportant: false });
    }
    const candidates = this.#rulesFor(element);
    this.#compared += candidates.length;
    if (this.#compared > comparisonsMax) tooManyRules('too many rules for so many elements');
    const rules = candidates.filter(({ compounds }) => matches(compounds, element, ancestors));
    rules.sort((a, b) => a.specificity - b.specificity || a.order - b.order);
    for (const rule of rules) found.push(...rule.declarations);
    if (attributes.style !== undefined) found.push(...declarationsOf(attributes.style));
    return found;
  }

  #rulesFor({ name, attributes }: SvgElement): Rule[] {
    if (this.#count === 0) return [];
    const keys = new Set(['*', name, `#${attributes.id ?? ''}`, ...classesOf(attributes).map((each) => `.${each}`)]);
    return [...keys].flatMap((key) => this.#rules.get(key) ?? []);
  }
}

function tooManyRules(what: string): never {
  const sentence = `The style sheets of the drawing have ${what}.`;
  throw new DrawingRefusal('drawing-too-many-rules', sentence, 'Save the drawing with styles as attributes.');
}

const anything: Compound = { name: '*', id: '', classes: [], isDirect: false };

function classesOf(attributes: Readonly<Record<string, string>>): string[] {
  return attributes.class?.split(/\s+/).filter(Boolean) ?? [];
}

/** Rules as "head { body }"; at-rules without a block are passed over, blocks within blocks stay in the body. */
function blocksOf(text: string): { readonly head: string; readonly body: string }[] {
  const blocks: { head: string; body: string }[] = [];
  let [head, depth, start] = ['', 0, 0];
  for (const { 0: sign, index } of text.matchAll(/[{};]/g)) {
    if (sign === ';' && depth === 0) start = index + 1;
    if (sign === '{') {
      if (depth === 0) {
        head = text.slice(start, index).trim();
        start = index + 1;
      }
      depth += 1;
    }
    if (sign !== '}' || depth === 0) continue;
    depth -= 1;
    if (depth > 0) continue;
    blocks.push({ head, body: text.slice(start, index) });
    start = index + 1;
  }
  return blocks;
}

/** The steps of a selector from its end; null for one that is not understood. */
function compoundsOf(selector: string): Compound[] | null {
  const compounds: Compound[] = [];
  let isDirect = false;
  for (const part of selector.replaceAll('>', ' > ').split(/\s+/)) {
    if (part === '>') {
      isDirect = true;
      continue;
    }
    const [, name = '', rest = ''] = /^([\w-]+|\*)?((?:[.#][\w\u0080-\uffff-]+)*)$/.exec(part) ?? [];
    if (name + rest === '') return null;
    const marks = rest.match(/[.#][^.#]+/g) ?? [];
    const id = marks.findLast((mark) => mark.startsWith('#'))?.slice(1) ?? '';
    const classes = marks.filter((mark) => mark.startsWith('.')).map((mark) => mark.slice(1));
    compounds.unshift({ name: name || '*', id, classes, isDirect });
    isDirect = false;
  }
  return compounds;
}

function matches(compounds: readonly Compound[], element: SvgElement, ancestors: readonly SvgElement[]): boolean {
  const [last, ...outer] = compounds;
  if (last === undefined || !isOne(last, element)) return false;
  let [at, isDirect] = [ancestors.length - 1, last.isDirect];
  for (const compound of outer) {
    const from = at;
    while (at >= 0 && !isOne(compound, ancestors[at])) at -= 1;
    if (at < 0 || (isDirect && at !== from)) return false;
    isDirect = compound.isDirect;
    at -= 1;
  }
  return true;
}

function isOne({ name, id, classes }: Compound, element: SvgElement | undefined): boolean {
  if (element === undefined || (name !== '*' && name !== element.name)) return false;
  if (id !== '' && id !== element.attributes.id) return false;
  if (classes.length === 0) return true;
  const its = classesOf(element.attributes);
  return classes.every((each) => its.includes(each));
}

function declarationsOf(body: string): Declaration[] {
  const found: Declaration[] = [];
  for (const part of body.split(';')) {
    const colon = part.indexOf(':');
    const property = part.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (!known.has(property)) continue;
    const written = part.slice(colon + 1).trim();
    const value = written.replace(/\s*!\s*important$/i, '');
    found.push({ property, value, isImportant: value !== written });
  }
  return found;
}

/** Colours that drawings are written with by name; others keep their name. */
const namedColours: Readonly<Record<string, string>> = {
  black: '#000000',
  blue: '#0000ff',
  cyan: '#00ffff',
  green: '#008000',
  lime: '#00ff00',
  magenta: '#ff00ff',
  red: '#ff0000',
  white: '#ffffff',
  yellow: '#ffff00',
};

/** What a stroke or a fill is painted with: a colour as #rrggbb, another paint as it is written; null for none. */
export function paintOf(style: Style, property: 'stroke' | 'fill'): string | null {
  const opacity = amountOf(style[`${property}-opacity`]);
  if (opacity === 0) return null;
  const written = style[property] ?? 'none';
  const [, fallback] = /^url\([^)]*\)\s*(\S.*)?$/.exec(written) ?? [written, null];
  if (fallback !== null) return written;
  const value = (/^currentcolor$/i.test(written) ? (style.color ?? 'black') : written).toLowerCase().trim();
  if (value === 'none' || value === 'transparent') return null;
  return colourOf(value);
}

function colourOf(value: string): string | null {
  const hex = /^#([\da-f]{3,8})$/.exec(value)?.[1];
  if (hex !== undefined) {
    const long = hex.length < 6 ? [...hex].map((digit) => digit + digit).join('') : hex;
    return long.slice(6) === '00' ? null : `#${long.slice(0, 6)}`;
  }
  const parts = /^rgba?\(([^)]*)\)$/
    .exec(value)?.[1]
    ?.split(/[\s,/]+/)
    .filter(Boolean);
  if (parts === undefined) return namedColours[value] ?? value;
  if (parts[3] !== undefined && amountOf(parts[3]) === 0) return null;
  const bytes = parts.slice(0, 3).map((part) => {
    const amount = part.endsWith('%') ? Number.parseFloat(part) * 2.55 : Number.parseFloat(part);
    return Math.round(Math.min(255, Math.max(0, amount || 0)));
  });
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A share as CSS writes it, such as an opacity; 1 where nothing, or nothing sensible, is written. */
export function amountOf(text: string | undefined): number {
  const value = Number.parseFloat(text ?? '1');
  return Number.isNaN(value) ? 1 : value;
}
