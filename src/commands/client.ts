import * as v from 'valibot';
import { type Arguments, type Console, exit } from './command.ts';
import { defaultConfig } from './settings.ts';
import { defaultUrl, ownUrl, tokenFor } from './whereabouts.ts';

const timeoutMs = 10_000;

const problemForm = v.object({ detail: v.string(), remedy: v.string() });
const saidForm = v.object({ said: v.string() });

/** The options by which every command that talks to a service is told where it is. */
export const urlOption = { url: { type: 'string' }, config: { type: 'string' } } as const;

export const urlHelp = `  --url URL       where the service answers (default ${defaultUrl}, or LIVEPEN_URL)`;

/** The help of commands that do nothing but talk to a service. */
export const serviceHelp = `${urlHelp}\n  --config FILE   instead, the config that the service was started with`;

/** How the service is started here: the package has no npm, a copy of the repository no unit. */
export const startedBy = process.env.LIVEPEN_CONFIG === undefined ? '`npm start`' : '`sudo systemctl start livepen`';

export type Answer =
  | { readonly ok: true; readonly value: unknown }
  /** The service did not answer, or refused; it has been said. `code` is the exit code. */
  | { readonly ok: false; readonly code: number };

/** Asks the running service; what goes wrong is said on the console. */
export async function ask(
  { options }: Arguments,
  console: Console,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const file = typeof options.config === 'string' ? options.config : null;
  const usual = file === null ? console.env.LIVEPEN_URL : undefined;
  const base = typeof options.url === 'string' ? options.url : (usual ?? ownUrl(console, file ?? defaultConfig));
  const url = URL.parse(path, base);
  if (url === null) {
    console.err(`"${base}" is not an address. Give one such as ${defaultUrl}.`);
    return { ok: false, code: exit.usage };
  }
  const send = (headers: Readonly<Record<string, string>>) =>
    fetch(url, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => null);
  const open = await send({});
  const token = open?.status === 401 ? tokenFor(url, console, file ?? defaultConfig) : null;
  const response = token === null ? open : await send({ authorization: `Bearer ${token}` });
  if (response === null) {
    console.err(`No Livepen answers at ${base}.\nStart it with ${startedBy}.`);
    return { ok: false, code: exit.noService };
  }
  const value: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, value };
  const problem = v.safeParse(problemForm, value);
  console.err(
    problem.success
      ? `${problem.output.detail}\n${problem.output.remedy}`
      : `The service at ${base} answered ${response.status}. Is it a Livepen?`,
  );
  return { ok: false, code: problem.success ? exit.refused : exit.failed };
}

/** Sends a command and prints what the service says to it. */
export async function tell(args: Arguments, console: Console, path: string, body?: unknown): Promise<number> {
  const answer = await ask(args, console, 'POST', path, body);
  if (!answer.ok) return answer.code;
  const said = v.safeParse(saidForm, answer.value);
  console.out(said.success ? said.output.said : 'Done.');
  return exit.ok;
}
