import { packPaths } from '../domain/drawing-paths.ts';
import type { DrawingOptions, DrawingPlan } from '../domain/drawing-reader.ts';
import { svgMax } from '../drawing/svg/document.ts';
import { planPicture } from '../drawing/svg/plan-drawing.ts';

/*
 * The process that reads a drawing: the file on its standard input, the options as its one word, the plan on its standard
 * output: a line of JSON, and behind it the packed paths. It is started with little memory (`openDrawingReader`), has no
 * other way out, and is believed nothing.
 */

/** The file, as far as one may be long; one byte more shows that it is too long. */
async function readInput(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin) {
    const bytes: Buffer = part;
    parts.push(bytes);
    length += bytes.length;
    if (length > svgMax.bytes) break;
  }
  return Buffer.concat(parts);
}

/** What is written for a plan. */
function answerOf(plan: DrawingPlan): Buffer {
  if (!plan.ok) return Buffer.from(`${JSON.stringify(plan)}\n`);
  const { paths, skipped, scale, isTurned } = plan;
  const packed = packPaths(paths) ?? new Uint8Array();
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ok: true, skipped, scale, isTurned })}\n`), packed]);
}

const options: DrawingOptions = JSON.parse(process.argv[2] ?? '');
process.stdout.write(answerOf(planPicture(await readInput(), options)));
