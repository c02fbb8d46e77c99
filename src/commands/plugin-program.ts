import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserFacingError } from '../domain/cause.ts';
import { giveUpFirst } from '../system/vitals.ts';

/** What a plugin may have of the heap, beside which it has nothing. */
const heapMb = 32;

/** Under which of Node's words this one holds programs to their rights; null where it does not. */
function permission(): string | null {
  const known = process.allowedNodeEnvironmentFlags;
  return ['--permission', '--experimental-permission'].find((flag) => known.has(flag)) ?? null;
}

/** With which words Node starts a program that may do nothing but read these files. Throws where it cannot hold it to that. */
export function rightsOfPlugins(readable: string): readonly string[] {
  const flag = permission();
  if (flag === null) throw new UserFacingError('this Node does not know --permission: 20 or newer is needed');
  return [flag, `--allow-fs-read=${readable}`, '--disallow-code-generation-from-strings', '--frozen-intrinsics'];
}

/**
 * Starts the program that holds a plugin. Of the disk it may read the program's own files, and nothing else; it starts no
 * process, no thread and no compiled code, and, from a Node on that can refuse it, has no network. It inherits nothing: no
 * settings, no secrets, no open files. Throws where this Node does not hold programs to that.
 */
export function startPluginProgram(): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(isSource ? './plugin-child.ts' : './plugin-child.js', import.meta.url));
  const readable = `${isSource ? dirname(dirname(file)) : dirname(file)}/*`;
  const heap = [`--max-old-space-size=${heapMb}`, '--max-semi-space-size=1', '--v8-pool-size=1'];
  const child = spawn(process.execPath, [...rightsOfPlugins(readable), '--no-warnings', ...heap, file], {
    // Nothing lies there that it might find.
    cwd: '/',
    env: { MALLOC_ARENA_MAX: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.once('spawn', () => void giveUpFirst(child));
  return child;
}
