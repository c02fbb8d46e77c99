import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

/** A port of this machine that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Fails with what to install where a program is not there; a test that needs it is never left out. */
export function needTool(tool: string, debianPackage: string): void {
  if (spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0) return;
  throw new Error(`${tool} must be there: apt-get install ${debianPackage}`);
}

/** A program that runs until its test is over. */
export interface Tool {
  readonly child: ChildProcess;
  /** All that it wrote. */
  output(): string;
  end(): Promise<void>;
}

export function startTool(
  context: TestContext,
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Tool {
  const child = spawn(program, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const take = (piece: Buffer) => {
    text += piece;
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  context.after(end);
  return { child, output: () => text, end };
}

/** Waits until something is so; what it was is in the error. */
export async function untilSo(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 4_500; round++) {
    if (await isSo()) return;
    await delay(20);
  }
  throw new Error(`${what} did not happen`);
}

/** Whether something listens at a port of this machine. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const source = (name: string, colour: number) => ({
  name,
  id: 'color_source',
  versioned_id: 'color_source_v3',
  settings: { color: colour, width: 640, height: 360 },
  enabled: true,
});
const scene = (name: string, item: string) => ({
  name,
  id: 'scene',
  versioned_id: 'scene',
  settings: {
    id_counter: 1,
    custom_size: false,
    items: [{ name: item, id: 1, visible: true, locked: false, pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 }, align: 5 }],
  },
});

/** A home for OBS with two scenes of one colour each, and its WebSocket behind a password. */
export function obsHome(
  context: TestContext,
  port: number,
  password: string,
): { readonly HOME: string; readonly XDG_CONFIG_HOME: string; readonly XDG_RUNTIME_DIR: string } {
  const home = mkdtempSync(join(tmpdir(), 'livepen-obs-'));
  context.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }));
  const config = join(home, 'config');
  const studio = join(config, 'obs-studio');
  for (const folder of ['basic/profiles/Lab', 'basic/scenes']) mkdirSync(join(studio, folder), { recursive: true });
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  const ini = (parts: Readonly<Record<string, readonly string[]>>) =>
    Object.entries(parts)
      .map(([name, lines]) => [`[${name}]`, ...lines, ''].join('\n'))
      .join('\n');
  const general = ['FirstRun=true', 'LastVersion=486539266', 'EnableAutoUpdates=false'];
  const basic = ['Profile=Lab', 'ProfileDir=Lab', 'SceneCollection=Lab', 'SceneCollectionFile=Lab'];
  const socket = [
    'FirstLoad=false',
    'ServerEnabled=true',
    `ServerPort=${port}`,
    'AlertsEnabled=false',
    'AuthRequired=true',
    `ServerPassword=${password}`,
  ];
  writeFileSync(
    join(studio, 'global.ini'),
    ini({ General: general, Basic: basic, BasicWindow: ['SysTrayEnabled=false'], OBSWebSocket: socket }),
  );
  const video = ['BaseCX=640', 'BaseCY=360', 'OutputCX=640', 'OutputCY=360', 'FPSType=0', 'FPSCommon=10'];
  writeFileSync(
    join(studio, 'basic/profiles/Lab/basic.ini'),
    ini({ General: ['Name=Lab'], Video: video, SimpleOutput: [`FilePath=${home}`] }),
  );
  // Nobody is there to stream to.
  const service = { type: 'rtmp_custom', settings: { server: 'rtmp://127.0.0.1:1/live', key: 'x' } };
  writeFileSync(join(studio, 'basic/profiles/Lab/service.json'), JSON.stringify(service));
  const scenes = {
    name: 'Lab',
    current_scene: 'Live',
    current_program_scene: 'Live',
    scene_order: [{ name: 'Live' }, { name: 'Party' }],
    sources: [source('Blue', 0xffff0000), source('Red', 0xff0000ff), scene('Live', 'Blue'), scene('Party', 'Red')],
  };
  writeFileSync(join(studio, 'basic/scenes/Lab.json'), JSON.stringify(scenes));
  return { HOME: home, XDG_CONFIG_HOME: config, XDG_RUNTIME_DIR: join(home, 'run') };
}
