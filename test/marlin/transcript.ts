import { readFileSync } from 'node:fs';

/** One line of a transcript: when, who, what. */
export interface Entry {
  readonly atMs: number;
  readonly who: 'host' | 'board' | 'event';
  readonly text: string;
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

const whoIs = { '>': 'host', '<': 'board', '!': 'event' } as const;

/** Reads a transcript of the real firmware: sections of `second direction text`, times from the section's beginning. */
export function readTranscript(name: string): readonly Section[] {
  const text = readFileSync(new URL(`./transcripts/${name}.txt`, import.meta.url), 'utf8');
  const sections: { title: string; entries: Entry[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) sections.push({ title: line.slice(3), entries: [] });
    const entry = /^ *(\d+\.\d\d) ([<>!]) ?(.*)$/.exec(line);
    if (entry === null) continue;
    const sign = entry[2] === '<' || entry[2] === '>' ? entry[2] : '!';
    sections.at(-1)?.entries.push({ atMs: Number(entry[1]) * 1000, who: whoIs[sign], text: entry[3] ?? '' });
  }
  return sections;
}
