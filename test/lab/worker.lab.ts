import { test } from 'node:test';
import { freshPlace, guest, passInside, putPackages } from './lab.ts';

test('the worker runs in its sandbox beside the service, with a plugin, and comes again after a kill', async (context) => {
  const place = freshPlace();
  context.after(() => place.end());
  putPackages(place.share);
  await passInside(context, place, guest('worker.ts'));
});
