// Counts the gifts of all evenings, says every tenth one on the board, and shows the count as a page:
// http://127.0.0.1:8430/plugins/gift-counter/ (a browser source of OBS, for example).

/** A streak comes again and again as it grows, under the same `seq`: it is one gift. */
let lastSeq = 0;
let lastSaid = '';

module.exports = {
  init(api) {
    api.registerLiveEvent('gift', (gift) => {
      if (gift.seq <= lastSeq) return;
      lastSeq = gift.seq;
      const count = (api.getConfig('count') ?? 0) + 1;
      api.setConfig('count', count);
      if (count % (api.getConfig('every') ?? 10) !== 0) return;
      api.showAlert({ text: `Gift number ${count}, from ${gift.viewer || 'somebody'}!`, animation: 'pop', emoji: '🎁' });
    });

    api.registerLiveEvent('chat', (chat) => {
      lastSaid = chat.text;
    });

    api.registerRoute('GET', '/', () => api.readFile('page.html'));
    api.registerRoute('GET', '/count', () => ({ count: api.getConfig('count') ?? 0, lastSaid }));
    api.registerRoute('POST', '/reset', (request, reply) => {
      api.setConfig('count', 0);
      reply.json({ count: 0 });
    });
    api.log('ready');
  },

  destroy() {
    console.log('bye');
  },
};
