import { SaxesParser } from 'saxes';
import { UserFacingError } from '../../domain/cause.ts';
import { drawingMax } from '../../domain/drawing-paths.ts';
import type { Fault } from '../../domain/fault.ts';
import { plainText } from '../../domain/plain-text.ts';

/** What a file may be at most; what goes beyond is refused before it takes memory or time. */
export const svgMax = {
  bytes: 5_000_000,
  /** How deep elements may stand in each other, those that `use` brings counted. */
  depth: 50,
  /** Elements of the file, and as often again as `use` draws them. */
  elements: 200_000,
  points: drawingMax.points,
} as const;

/** Thrown inside this room, and caught at its one door (`planDrawing`): the file cannot be drawn, and why. */
export class DrawingRefusal extends UserFacingError {
  readonly fault: Fault;

  constructor(code: string, what: string, remedy: string) {
    super(what);
    this.fault = { code, what, remedy };
  }
}

/** An element of an SVG; names are without the prefix that stands for SVG. */
export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly SvgElement[];
  /** What stands in it as text; of style sheets only. */
  readonly text: string;
  readonly line: number;
}

interface OpenElement extends SvgElement {
  readonly children: OpenElement[];
  text: string;
}

const svgNamespace = 'http://www.w3.org/2000/svg';
const saveAsSvg = 'Save the drawing as plain SVG, and send that file.';

/** The text of an SVG file: UTF-8, UTF-16, or what its first line names; all else is refused. */
export function svgTextOf(bytes: Uint8Array): string {
  if (bytes.length > svgMax.bytes) refuseSize();
  const [first = 0, second = 0] = bytes;
  if (first === 0x1f && second === 0x8b) {
    const remedy = 'Save it as plain SVG instead of compressed SVG (svgz), or unpack it with gunzip.';
    throw new DrawingRefusal('drawing-compressed', 'The file is compressed (gzip).', remedy);
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return decoded(bytes, 'utf-16be');
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return decoded(bytes, 'utf-16le');
  const head = String.fromCharCode(...bytes.subarray(0, 200));
  const [, named = 'utf-8'] = /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/i.exec(head) ?? [];
  return decoded(bytes, named.toLowerCase());
}

function decoded(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const what = `The file is no text in ${encoding.toUpperCase()}.`;
    throw new DrawingRefusal('drawing-encoding', what, 'Save it as SVG in UTF-8, and send that file.');
  }
}

function refuseSize(): never {
  const what = `The file has more than ${svgMax.bytes / 1_000_000} MB.`;
  throw new DrawingRefusal('drawing-file-too-large', what, 'Simplify the drawing, or take pictures out of it.');
}

/** Reads the elements of an SVG. Entities are never expanded; namespaces that a file names by entities become empty. */
export function parseSvg(text: string): SvgElement {
  if (text.length > svgMax.bytes) refuseSize();
  refuseOtherFormats(text);
  const parser = new SaxesParser();
  const open: OpenElement[] = [];
  let root: SvgElement | null = null;
  let elements = 0;
  const prefixes = new Set(['svg']);
  parser.on('doctype', (doctype) => {
    for (const name of harmlessEntities(doctype)) parser.ENTITIES[name] = '';
  });
  parser.on('error', ({ message }) => refuseXml(message));
  parser.on('opentag', ({ name, attributes }) => {
    elements += 1;
    if (elements > svgMax.elements) tooManyElements();
    if (open.length >= svgMax.depth) tooDeep();
    for (const [key, value] of Object.entries(attributes))
      if (value === svgNamespace && key.startsWith('xmlns:')) prefixes.add(key.slice('xmlns:'.length));
    // Copied, attributes take a third of the memory.
    const element = {
      name: localName(name, prefixes),
      attributes: { ...attributes },
      children: [],
      text: '',
      line: parser.line,
    };
    if (open.length === 0) root = element;
    open.at(-1)?.children.push(element);
    open.push(element);
    if (elements === 1 && element.name !== 'svg') refuseRoot(name);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  const keepText = (part: string) => {
    const element = open.at(-1);
    if (element?.name === 'style') element.text += part;
  };
  parser.on('text', keepText);
  parser.on('cdata', keepText);
  parser.write(text).close();
  return root ?? refuseXml('there is no element');
}

export function tooManyElements(): never {
  const what = `The drawing has more than ${svgMax.elements} elements, those that "use" repeats counted.`;
  throw new DrawingRefusal('drawing-too-many-elements', what, 'Simplify the drawing.');
}

export function tooDeep(): never {
  const what = `Elements of the drawing stand more than ${svgMax.depth} deep in each other.`;
  throw new DrawingRefusal('drawing-too-deep', what, 'Ungroup the drawing, and save it again.');
}

function localName(name: string, prefixes: ReadonlySet<string>): string {
  const colon = name.indexOf(':');
  return colon > 0 && prefixes.has(name.slice(0, colon)) ? name.slice(colon + 1) : name;
}

function refuseOtherFormats(text: string): void {
  const start = text
    .slice(0, 1_000)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (start === '' && text.length < 1_000) {
    throw new DrawingRefusal('drawing-empty', 'The file is empty.', 'Send an SVG file.');
  }
  if (/^<(?:!doctype\s+html|html)\b/i.test(start)) {
    const remedy = 'Save the picture itself as SVG, not the page that shows it.';
    throw new DrawingRefusal('drawing-html', 'The file is a web page (HTML), not an SVG.', remedy);
  }
  if (!start.startsWith('<')) throw new DrawingRefusal('drawing-not-svg', 'The file is not an SVG.', saveAsSvg);
}

function refuseRoot(name: string): never {
  if (name.toLowerCase() === 'html') return refuseOtherFormats('<html>') as never;
  const what = `The file is XML, but no SVG: its first element is "${plainText(name.slice(0, 40))}".`;
  throw new DrawingRefusal('drawing-not-svg', what, saveAsSvg);
}

function refuseXml(message: string): never {
  if (/entity/.test(message)) refuseEntities();
  const what = `The file is no valid XML: line ${plainText(message.slice(0, 200))}`;
  throw new DrawingRefusal('drawing-xml', `${what.replace(/\.?$/, '.')}`, saveAsSvg);
}

function refuseEntities(): never {
  const what = 'The file uses entities of its own, which are never expanded.';
  throw new DrawingRefusal('drawing-entities', what, saveAsSvg);
}

/** The entities of a document that name nothing but a namespace, as Illustrator writes them. */
function harmlessEntities(doctype: string): string[] {
  const declared = [...doctype.matchAll(/<!ENTITY\s+(\S+)\s+([^>]*)>/g)];
  if (declared.length !== (doctype.match(/<!ENTITY/g) ?? []).length) refuseEntities();
  return declared.map(([, name = '', value = '']) => {
    if (!/^[\w.-]{1,60}$/.test(name) || !/^(["'])https?:[^&%"']*\1\s*$/.test(value)) refuseEntities();
    return name;
  });
}
