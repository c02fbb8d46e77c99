/** The picture is fetched anew this often at most; what is drawn meanwhile is laid over it. */
const fetchEveryMs = 4_000;
/** However far ahead the strokes were handed over, the pen is shown to catch up. */
const slowestMs = 1_600;
const svgNamespace = 'http://www.w3.org/2000/svg';

/**
 * A stroke that was handed to the plotter.
 * @typedef {{ sheet: number, row: string, n: number, path: string }} Stroke
 */

/**
 * Shows the sheet as it is being drawn: the picture of the service, and over it the strokes under way, one by one.
 * @param {HTMLElement} holder
 * @param {string} address of the picture
 * @param {(text: string) => string} translate what is printed on it
 * @param {string} [none] what is said while no sheet is open
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its short parts share the state of one picture
export function showPaper(holder, address, translate, none = '') {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)');
  /** @type {SVGSVGElement | null} */
  let svg = null;
  let wanted = '';
  let known = '';
  let fetchedAtMs = -fetchEveryMs;
  /** @type {number | undefined} */
  let timer;
  let isFetching = false;
  /** @type {Stroke[]} */
  let strokes = [];
  /** Names of strokes whose ink is shown already. */
  let inked = new Set();
  /** @type {Stroke[]} */
  const waiting = [];
  let penMs = 800;
  let penAt = '';
  /** @type {number | undefined} */
  let pen;

  function schedule() {
    if (timer !== undefined || isFetching || wanted === known) return;
    const delayMs = Math.max(0, fetchedAtMs + fetchEveryMs - performance.now());
    timer = setTimeout(refresh, delayMs);
  }

  async function refresh() {
    timer = undefined;
    isFetching = true;
    fetchedAtMs = performance.now();
    const about = wanted;
    try {
      const response = await fetch(address);
      if (response.ok) take(await response.text());
      else if (response.status === 404) take(null);
      known = about;
    } catch {
      // The connection is gone; the next status asks for the picture again.
    }
    isFetching = false;
    schedule();
  }

  /** @param {string | null} text */
  function take(text) {
    if (text === null) {
      svg = null;
      const empty = document.createElement('p');
      empty.className = 'empty';
      empty.textContent = none;
      holder.replaceChildren(empty);
    } else {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
      svg = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (document.importNode(parsed, true)));
      svg.removeAttribute('width');
      svg.removeAttribute('height');
      for (const words of svg.querySelectorAll('text')) {
        if (words.childElementCount === 0) words.textContent = translate(words.textContent ?? '');
      }
      svg.setAttribute('aria-label', translate(svg.getAttribute('aria-label') ?? ''));
      holder.replaceChildren(svg);
      inked = new Set([...inked].filter((name) => strokes.some((stroke) => nameOf(stroke) === name)));
      for (const stroke of strokes) if (inked.has(nameOf(stroke))) ink(stroke, 0);
      putDot();
    }
  }

  /** @param {Stroke} stroke */
  function nameOf({ sheet, row, n }) {
    return `${sheet} ${n} ${row}`;
  }

  /**
   * @param {Stroke} stroke
   * @param {number} overMs
   */
  function ink(stroke, overMs) {
    if (svg === null) return;
    const line = document.createElementNS(svgNamespace, 'path');
    line.setAttribute('d', stroke.path);
    line.setAttribute('class', 'wet');
    line.setAttribute('pathLength', '1');
    svg.append(line);
    const end = line.getPointAtLength(line.getTotalLength());
    penAt = `translate(${end.x} ${end.y})`;
    putDot();
    if (overMs > 0 && !isCalm.matches) {
      line.animate([{ strokeDashoffset: 1 }, { strokeDashoffset: 0 }], { duration: overMs, easing: 'ease-in-out' });
    }
  }

  /** The pen's mark stands over everything else. */
  function putDot() {
    if (svg === null || penAt === '') return;
    const dot = svg.querySelector('.pen') ?? makeDot();
    svg.append(dot);
    dot.setAttribute('transform', penAt);
  }

  function makeDot() {
    const dot = document.createElementNS(svgNamespace, 'g');
    dot.setAttribute('class', 'pen');
    for (const radius of [2.6, 0.9]) {
      const circle = document.createElementNS(svgNamespace, 'circle');
      circle.setAttribute('r', String(radius));
      dot.append(circle);
    }
    return dot;
  }

  function nextStroke() {
    pen = undefined;
    const stroke = waiting.shift();
    if (stroke === undefined) return;
    inked.add(nameOf(stroke));
    const everyMs = Math.min(slowestMs, penMs) / Math.max(1, waiting.length - 2);
    ink(stroke, everyMs * 0.6);
    pen = setTimeout(nextStroke, everyMs);
  }

  return {
    /**
     * Something that the picture shows is otherwise now.
     * @param {string | null} about tells one picture from another; null when no sheet is there
     */
    changed(about) {
      if (about === null && holder.querySelector('.empty') === null) take(null);
      wanted = about ?? '';
      if (about === null) known = '';
      else schedule();
    },
    /** Fetches the picture now, whatever is known. */
    again() {
      fetchedAtMs = -fetchEveryMs;
      known = '';
      wanted = wanted || ' ';
      schedule();
    },
    /** @param {Stroke[]} now @param {number} msPerStroke */
    pen(now, msPerStroke) {
      penMs = msPerStroke;
      const before = new Set([...strokes, ...waiting].map(nameOf));
      strokes = now;
      waiting.push(...now.filter((stroke) => !before.has(nameOf(stroke)) && !inked.has(nameOf(stroke))));
      if (now.length === 0) {
        penAt = '';
        svg?.querySelector('.pen')?.remove();
      }
      if (pen === undefined) nextStroke();
    },
  };
}
