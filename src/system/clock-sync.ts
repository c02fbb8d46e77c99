import { existsSync } from 'node:fs';

/** systemd-timesyncd, the time keeper of Raspberry Pi OS, makes this file once the network has told it the time. */
const synchronizedFile = '/run/systemd/timesync/synchronized';

/** Whether the wall time was heard from the network since the machine was switched on. */
export function clockIsSynchronized(): boolean {
  return existsSync(synchronizedFile);
}
