/** The driver of serial ports, in a file of its own so that it is loaded when the first port is opened. */
import { readSync, writeSync } from 'node:fs';
import { SerialPort } from 'serialport';

export { SerialPort };

/**
 * Lets an open port read and write at once. It was opened so that neither waits; the library hands each to another thread
 * and back all the same, which wakes the processor five times for an answer of the plotter instead of twice. What the
 * port does not take at once goes the library's way.
 */
export function readAndWriteAtOnce({ port }: SerialPort): void {
  // Only on Windows there is none.
  if (port === undefined || !('poller' in port)) return;
  const writeLater = port.write.bind(port);
  const readLater = port.read.bind(port);
  port.write = async (bytes: Buffer) => {
    const { fd } = port;
    const taken = fd === null ? 0 : orNothing(() => writeSync(fd, bytes));
    if (taken < bytes.length) await writeLater(bytes.subarray(taken));
  };
  port.read = async (buffer: Buffer, offset: number, length: number) => {
    for (;;) {
      await new Promise<void>((resolve, reject) => {
        port.poller.once('readable', (error: Error | null) => (error === null ? resolve() : reject(error)));
      });
      const { fd } = port;
      if (fd === null) return readLater(buffer, offset, length);
      const bytesRead = orNothing(() => readSync(fd, buffer, offset, length, null));
      if (bytesRead > 0) return { buffer, bytesRead };
    }
  };
}

/** How many bytes went; 0 where the port is not ready. */
function orNothing(transfer: () => number): number {
  try {
    return transfer();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EINTR')) return 0;
    throw error;
  }
}
