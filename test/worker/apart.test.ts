import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFiles } from '../ground/source-tree.ts';

test('nothing but the command of that name loads the worker: without it the appliance is what it was', () => {
  const files = sourceFiles('src');
  const importers = (of: (path: string) => boolean) =>
    files.filter(({ imports }) => imports.some(({ from }) => of(from))).map(({ path }) => path);
  const users = importers((path) => path.startsWith('src/worker/')).filter((path) => !path.startsWith('src/worker/'));
  const theirs = ['src/commands/worker-dead.ts', 'src/commands/worker-feed.ts', 'src/commands/worker-plugins.ts'];
  assert.deepEqual(users.toSorted(), [...theirs, 'src/commands/worker.ts'].toSorted());
  for (const each of theirs)
    assert.deepEqual(
      importers((path) => path === each),
      ['src/commands/worker.ts'],
    );
  assert.deepEqual(
    importers((path) => path === 'src/commands/worker.ts'),
    ['src/main.ts'],
  );
  assert.match(
    files.find(({ path }) => path === 'src/main.ts')?.text ?? '',
    /await import\('\.\/commands\/worker\.ts'\)/,
  );
});
