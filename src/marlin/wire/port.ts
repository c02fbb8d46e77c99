/** A serial port that could have a plotter behind it. */
export interface PortInfo {
  /** What to open, e.g. /dev/ttyUSB0. */
  readonly path: string;
  /** Its name in /dev/serial/by-id, where only this device can have it; null where there is none. */
  readonly id: string | null;
  /** Its name in /dev/serial/by-path: that of the socket it is plugged into. */
  readonly byPath: string | null;
  /** Its name in /dev/serial/by-id, where another device can have the same: adapters without a serial number. */
  readonly sharedName: string | null;
  /** It has no lasting name, and should: the system may be about to give it one. */
  readonly isUnnamed?: boolean;
}

/** What an open port reports. After `closed` it reports nothing more; `closed` comes once at most. */
export interface PortHandlers {
  /** Text as it arrived, one character a byte, cut anywhere. */
  heard(text: string): void;
  /** The port is gone (a pulled cable, a fault of the driver); not called after `close`. */
  closed(why: string): void;
}

/** One session on a port; a new one is opened for each session. */
export interface OpenPort {
  /** Hands bytes to the driver, one character a byte. After the port is closed it does nothing. */
  write(text: string): void;
  /** Idempotent; resolves when the port is free for others. */
  close(): Promise<void>;
}

/** Why a port did not open: in use by another process, not there, or anything else that the driver says. */
export interface PortRefusal {
  readonly kind: 'in-use' | 'missing' | 'denied' | 'failed';
  readonly what: string;
}

/** Where ports come from: the real driver, or cables in software. */
export interface PortFinder {
  /** Ports that could have a plotter behind them. */
  list(): Promise<readonly PortInfo[]>;
  /** Opens at `baudRate`; a refusal is a value. */
  open(path: string, baudRate: number, handlers: PortHandlers): Promise<OpenPort | PortRefusal>;
}

/** Whether a port did not open. */
export function isRefusal(opened: OpenPort | PortRefusal): opened is PortRefusal {
  return 'kind' in opened;
}
