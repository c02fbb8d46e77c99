/** Reaches into the running service as a debugger does, to break in it what no cable, key or signal breaks. */
import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { property, sh, until } from './box.ts';

/** Where Node listens for a debugger once it got a SIGUSR1. */
const inspector = 'http://127.0.0.1:9229/json/list';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly callFrames?: readonly { readonly callFrameId: string }[] };
  readonly error?: { readonly message: string };
  readonly result?: { readonly exceptionDetails?: { readonly text: string } };
}

/** A debugger that is attached to the service. */
export interface Within {
  /** Runs an expression with nothing but the globals. */
  run(expression: string): Promise<void>;
  /**
   * Runs an expression among the variables of a line of the service's own source, once that line is reached; `then` is
   * what leads there, done when the debugger waits for it.
   */
  runAt(file: string, line: string, expression: string, then: () => Promise<unknown>): Promise<void>;
  end(): void;
}

/** Where a line of the source is in the program that was built of it. */
function builtPlaceOf(file: string, line: string) {
  const program = '/usr/lib/livepen/program/js';
  const wanted = readFileSync(`/usr/lib/livepen/${file}`, 'utf8').split('\n').indexOf(line);
  for (const name of readdirSync(program).filter((each) => each.endsWith('.js.map'))) {
    const map = new SourceMap(JSON.parse(readFileSync(`${program}/${name}`, 'utf8')));
    const script = name.slice(0, -'.map'.length);
    const lines = readFileSync(`${program}/${script}`, 'utf8').split('\n');
    for (const [lineNumber, { length }] of lines.entries()) {
      for (let columnNumber = 0; columnNumber < length; columnNumber += 1) {
        const entry = map.findEntry(lineNumber, columnNumber);
        const isIt =
          'originalSource' in entry && entry.originalSource === `../../${file}` && entry.originalLine === wanted;
        if (isIt) return { urlRegex: `/${script}$`, lineNumber, columnNumber };
      }
    }
  }
  throw new Error(`${file} was built without the line ${line}`);
}

async function targets(): Promise<readonly { readonly webSocketDebuggerUrl: string }[]> {
  const response = await fetch(inspector).catch(() => null);
  return response === null ? [] : JSON.parse(await response.text());
}

/** Attaches a debugger to the service. */
export async function within(): Promise<Within> {
  sh(`kill -USR1 ${property('MainPID')}`);
  const [target] = await until('a service that can be debugged', targets, ({ length }) => length > 0);
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  const heard: Message[] = [];
  socket.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data))));
  await until(
    'the debugger',
    () => socket.readyState,
    (now) => now === WebSocket.OPEN,
  );

  async function hear(what: string, is: (message: Message) => boolean): Promise<Message> {
    const message = await until(what, () => heard.find(is), Boolean);
    const wrong = message?.error?.message ?? message?.result?.exceptionDetails?.text;
    if (message === undefined || wrong !== undefined) throw new Error(`${what}: ${wrong}`);
    return message;
  }
  let asked = 0;
  async function ask(method: string, params: object = {}): Promise<void> {
    asked += 1;
    const id = asked;
    socket.send(JSON.stringify({ id, method, params }));
    await hear(`an answer to ${method}`, (message) => message.id === id);
  }

  return {
    run: (expression) => ask('Runtime.evaluate', { expression }),
    async runAt(file, line, expression, then) {
      await ask('Debugger.enable');
      await ask('Debugger.setBreakpointByUrl', builtPlaceOf(file, line));
      const done = then();
      const paused = await hear(`the line ${line}`, ({ method }) => method === 'Debugger.paused');
      const callFrameId = paused.params?.callFrames?.[0]?.callFrameId;
      await ask('Debugger.evaluateOnCallFrame', { callFrameId, expression });
      await ask('Debugger.disable');
      await done;
    },
    end: () => socket.close(),
  };
}
