import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';
import type { Cancel } from '../domain/clock.ts';
import { systemClock } from '../system/clock.ts';
import type { openInside } from './plugin-inside.js';

/*
 * The process of one plugin. The worker starts it without rights (`startPluginProgram`), and it closes what rights do not
 * reach. It speaks in lines of JSON: what comes on standard input, what goes out on standard output. The plugin runs in a
 * context of its own, beside `plugin-inside.js`; what goes through between there and here is text, so that nothing of Node
 * is to be found from there.
 */

/** Of what Node's permissions leave open: other modules, the network, signals to other processes. */
const closedOfProcess = ['getBuiltinModule', 'binding', '_linkedBinding', 'dlopen', 'kill', '_kill', 'mainModule'];
const closedGlobals = ['fetch', 'WebSocket', 'EventSource', 'BroadcastChannel', 'navigator'];
const whyMax = 500;

type Inside = ReturnType<typeof openInside>;

/** All that is used of Node's modules is got here, before the way to them is closed. */
const machine = {
  createContext,
  Script,
  insideText: readFileSync(new URL('./plugin-inside.js', import.meta.url), 'utf8'),
};
const clock = systemClock();
const write = (line: string): void => void process.stdout.write(`${line}\n`);

/** A context that has the language, with this plugin's files beside it. */
function openPlugin(files: ReadonlyMap<string, string>): Inside {
  const context = machine.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  const timers = new Map<number, Cancel>();
  const text = machine.insideText.replaceAll(/^export /gm, '');
  const open = new machine.Script(`(() => {${text}\nreturn openInside;})()`, { filename: 'livepen' }).runInContext(
    context,
  );
  const inside: Inside = open({
    send: write,
    later(delayMs: number, id: number) {
      timers.set(
        id,
        clock.after(delayMs, () => {
          timers.delete(id);
          inside.ring(id);
        }),
      );
    },
    forget(id: number) {
      timers.get(id)?.();
      timers.delete(id);
    },
    compile(name: string) {
      try {
        const body = `(function (module, exports, require) {${files.get(name) ?? ''}\n})`;
        return new machine.Script(body, { filename: name }).runInContext(context);
      } catch (error) {
        const hint = /import|export/.test(String(error)) ? '; a plugin is written with require and module.exports' : '';
        return `${name}: ${error instanceof Error ? error.message : 'it cannot be read'}${hint}`;
      }
    },
    file: (name: string) => files.get(name) ?? null,
  });
  return inside;
}

let inside: Inside | null = null;

function take(line: string): void {
  const message = JSON.parse(line);
  // This side answers: it can do so only while nothing of the plugin is running.
  if (message.do === 'ping') write(JSON.stringify({ say: 'pong', n: message.n }));
  if (message.do === 'start') inside = openPlugin(new Map(message.files));
  inside?.take(line);
}

process.on('uncaughtException', (error) => {
  write(JSON.stringify({ say: 'failed', why: String(error?.message ?? error).slice(0, whyMax) }));
  process.exit(1);
});
for (const name of closedOfProcess) Reflect.deleteProperty(process, name);
for (const name of closedGlobals) Reflect.deleteProperty(globalThis, name);

let begun = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (piece) => {
  const lines = `${begun}${piece}`.split('\n');
  begun = lines.pop() ?? '';
  for (const line of lines) take(line);
});
process.stdin.on('end', () => process.exit(0));
