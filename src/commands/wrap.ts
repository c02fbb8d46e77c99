/** What every terminal shows on one line. */
export const columns = 80;

/** What stands in a column of its own, such as an option, and its text from the next column on. */
const entryForm = /^( *\S+(?: \S+)* {2,})(\S.*)$/;
/** Goes on with the text of the entry above. */
const goesOn = /^ {6,}\S/;

/**
 * The text of a help in lines that every terminal can show: sentences filled, and the text of an entry (`--url URL   …`)
 * kept in its column.
 */
export function wrapHelp(text: string): string {
  const blocks: { readonly head: string; words: string[] }[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const [, head, rest = ''] = entryForm.exec(line) ?? [];
    const last = blocks.at(-1);
    if (line.trim() === '') blocks.push({ head: '', words: [] });
    else if (head !== undefined && !goesOn.test(line)) blocks.push({ head, words: rest.split(' ') });
    else if (isOpen && last !== undefined) last.words.push(...line.trim().split(' '));
    else blocks.push({ head: '', words: line.trim().split(' ') });
    isOpen = line.trim() !== '';
  }
  return blocks.flatMap(({ head, words }) => fill(head, words)).join('\n');
}

/** An entry in lines that every terminal can show: `head`, and the text in a column beside it. */
export function wrapEntry(head: string, text: string): string[] {
  return fill(head, text.split(' '));
}

function fill(head: string, words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(head.length);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}
