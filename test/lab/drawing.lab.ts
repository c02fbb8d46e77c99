import { test } from 'node:test';
import { freshPlace, guest, passInside, putPackages } from './lab.ts';

test('a pulled cable, a stop, a hang and an upgrade cost no stroke and double none', async (context) => {
  const place = freshPlace();
  context.after(() => place.end());
  putPackages(place.share);
  await passInside(context, place, guest('drawing.ts'));
});
