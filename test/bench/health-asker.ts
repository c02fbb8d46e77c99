import { get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** Asks for the health of a service again and again, in a thread of its own; tells how long answers took, in ms. */
const tookMs: number[] = [];
let isOver = false;
parentPort?.on('message', () => {
  isOver = true;
});

function ask(): Promise<void> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    get(`${workerData}/health`, (response) => {
      response.resume();
      response.once('end', () => {
        tookMs.push(performance.now() - startMs);
        setTimeout(resolve, 5);
      });
    }).once('error', reject);
  });
}

while (!isOver) await ask();
parentPort?.postMessage(tookMs);
parentPort?.close();
