import type { Page } from 'playwright-core';

const nodesOfSheet = `(() => {
  const walker = document.createTreeWalker(document.getElementById('sheet'));
  let nodes = 0;
  while (walker.nextNode() !== null) nodes += 1;
  return nodes;
})()`;

/** What a page keeps in the browser. */
export interface Weight {
  /** Beside those of the sheet's picture, whose number is that of its strokes. */
  readonly nodes: number;
  readonly listeners: number;
  readonly heapBytes: number;
}

/** What a page weighs at least, of some times: what is on its way when it is weighed is rubbish soon. */
export async function weigh(page: Page): Promise<Weight> {
  const weights: Weight[] = [];
  for (let turn = 0; turn < 5; turn++) {
    weights.push(await weighOnce(page));
    await page.waitForTimeout(400);
  }
  const least = (of: (weight: Weight) => number) => Math.min(...weights.map(of));
  return {
    nodes: least(({ nodes }) => nodes),
    listeners: least(({ listeners }) => listeners),
    heapBytes: least(({ heapBytes }) => heapBytes),
  };
}

/** Once its rubbish is taken out. */
async function weighOnce(page: Page): Promise<Weight> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  const drawn = Number(await page.evaluate(nodesOfSheet));
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { nodes: of('Nodes') - drawn, listeners: of('JSEventListeners'), heapBytes: of('JSHeapUsedSize') };
}
