import type { VirtualLive } from '../../src/simulators/live/virtual-live.ts';

export interface QuickConfig {
  /** How many strokes each of the two rows takes. */
  readonly perRow: number;
  /** Where the ledger lies, when not in its usual place. */
  readonly ledger?: string;
}

/** A config of two rows and a pen that is quick, for tests that run in real time. */
export function quickConfig(port: string, live: VirtualLive, { perRow, ledger }: QuickConfig): string {
  return `
[live]
user = "${live.user}"
signUrl = "${live.url}"
room = "${live.room.id}"
[plotter]
port = "${port}"
origin = "power-on"
idleParkSeconds = 0.2
[paper]
widthMm = 60
heightMm = 60
marginMm = 5
[stroke]
lengthMm = 4
[pen]
upMm = 1.5
hopMm = 0.5
downFeedMmPerMin = 900
[api]
port = 0
${ledger === undefined ? '' : `[ledger]\nfile = "${ledger}"`}
[[rows]]
id = "1"
name = "First"
yMm = 20
maxStrokes = ${perRow}
[[rows]]
id = "2"
name = "Second"
yMm = 10
maxStrokes = ${perRow}
`;
}
