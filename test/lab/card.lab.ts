import { test } from 'node:test';
import { freshPlace, guest, passInside, putPackages } from './lab.ts';

test('a card without ssh: the first start installs what lies on it, a later one the newer package; settings go in and words come out', async (context) => {
  const place = freshPlace();
  context.after(() => place.end());
  putPackages(place.share);
  await passInside(context, place, guest('card.ts', 'first'));
  await passInside(context, place, `${guest('card.ts', 'later')} && ${guest('settings.ts')} && ${guest('package.ts')}`);
});
