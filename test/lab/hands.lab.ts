import { test } from 'node:test';
import { freshPlace, guest, passInside, putPackages } from './lab.ts';

test("on a fresh Debian with a Pi's ports, the package, the service, the button and the light do what they promise", async (context) => {
  const place = freshPlace();
  context.after(() => place.end());
  putPackages(place.share);
  await passInside(context, place, guest('hands.ts'));
});
