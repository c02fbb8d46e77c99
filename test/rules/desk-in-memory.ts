import { silentLog } from '../../src/domain/log.ts';
import type { RuleDesk } from '../../src/domain/rules.ts';
import { openRuleDesk } from '../../src/rules/rule-desk.ts';

/** A file of rules that a test can look into and break. */
export interface HeldFile {
  text: string;
  /** Why it cannot be written; null: it can. */
  trouble: string | null;
}

/** The rules of a file in memory, on the rows of the small sheet, and with plates. */
export function deskOf(text: string, rowIds: readonly string[] = ['1', '2']) {
  const file: HeldFile = { text, trouble: null };
  const lines: string[] = [];
  const log = {
    ...silentLog,
    info: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(line),
    error: (line: string) => void lines.push(line),
  };
  let changes = 0;
  const desk: RuleDesk = openRuleDesk({
    file: {
      read: () => ({ ok: true, text: file.text }),
      write(now) {
        if (file.trouble !== null) return file.trouble;
        file.text = now;
        return null;
      },
    },
    rowIds,
    parts: { hasPlates: true, hasPoints: true },
    log,
    random: () => 0.5,
    changed() {
      changes += 1;
    },
  });
  return { desk, file, lines, changes: () => changes };
}
