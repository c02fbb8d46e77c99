// Generative art that gifts steer: each gift becomes a rosette of its own on the next free plate, once.
//   LIVEPEN_URL=http://pen.local:8420 LIVEPEN_TOKEN=... node docs/steered-art.mjs [after]
// `after` is an id of the stream to go on from, as this program prints them; 0 is the beginning, nothing is now.
const { LIVEPEN_URL: base = 'http://127.0.0.1:8420', LIVEPEN_TOKEN: token = '' } = process.env;
const ask = (path, headers, more) =>
  fetch(base + path, { ...more, headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) } });

/** More gifts at once make more petals; what it cost makes them deeper; its number turns it. */
function rosette({ seq, coins, count }) {
  const depth = Math.min(0.9, 0.2 + Math.log10(1 + coins * count) / 5);
  const points = Array.from({ length: 361 }, (_, degree) => {
    const angle = (degree * Math.PI) / 180;
    const radius = 50 * (1 - depth * Math.sin((3 + (count % 9)) * angle + seq) ** 2);
    return `${(radius * Math.cos(angle)).toFixed(2)} ${(radius * Math.sin(angle)).toFixed(2)}`;
  });
  const path = `<path d="M${points.join('L')}Z" fill="none" stroke="black"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="60mm" viewBox="-50 -50 100 100">${path}</svg>`;
}

/** The id of its own makes a repeat a no-op: after a gift that grew, a lost answer, a restart, a stream read again. */
async function draw(generation, gift) {
  const query = new URLSearchParams({ id: `rosette-${generation}-${gift.seq}`, name: `${gift.gift} ${gift.seq}` });
  const answer = await ask(`/drawings?${query}`, {}, { method: 'POST', body: rosette(gift) });
  const { isNew, drawing, detail } = await answer.json();
  if (!answer.ok) throw new Error(detail); // Such as too many that wait: it is tried again.
  console.log(`gift ${gift.seq}: drawing ${drawing.id}${isNew ? '' : ' (again)'}`);
}

let last = process.argv[2] ?? '';
for (;;) {
  try {
    let text = '';
    for await (const bytes of (await ask('/events', last && { 'last-event-id': last })).body) {
      text += Buffer.from(bytes).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; text = text.slice(end + 2), end = text.indexOf('\n\n')) {
        const [, id = last] = /^id: (.*)$/m.exec(text.slice(0, end)) ?? [];
        const [, gift] = /^event: gift\ndata: (.*)$/m.exec(text.slice(0, end)) ?? [];
        if (gift !== undefined) await draw(id.split(':')[0], JSON.parse(gift));
        last = id;
      }
    }
  } catch (error) {
    console.error(`${error.message}; on again after ${last || 'now'}`);
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000));
}
