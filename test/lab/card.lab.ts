import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshPlace, guest, passInside, putPackages } from './lab.ts';

/** Of the boot partition; Raspberry Pi OS gives it 512 MiB. Only what is written takes room here. */
const cardBytes = 512 << 20;

test('a card without ssh: the first start installs what lies on it, a later one the newer package; settings go in and words come out', async (context) => {
  const place = freshPlace();
  context.after(() => place.end());
  putPackages(place.share);
  const card = join(place.folder, 'card.img');
  writeFileSync(card, '');
  truncateSync(card, cardBytes);
  await passInside(context, { ...place, card }, guest('card.ts', 'first'));
  await passInside(
    context,
    { ...place, card },
    `${guest('card.ts', 'later')} && ${guest('settings.ts')} && ${guest('package.ts')}`,
  );
});
