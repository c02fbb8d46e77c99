/**
 * A config's text with one key of a section set, everything else as it was written. A line that stands there, also behind
 * a #, is replaced and keeps the note behind it; else the key comes below the section's head, or with it at the end.
 */
export function withSetting(text: string, section: string, key: string, value: string): string {
  const line = `${key} = ${value}`;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const parts = text.split(/^(?=[ \t]*\[)/m);
  const at = parts.findIndex((part) => new RegExp(`^[ \\t]*\\[[ \\t]*${section}[ \\t]*\\]`).test(part));
  const part = parts[at];
  if (part === undefined) {
    const end = text === '' || text.endsWith('\n') ? '' : newline;
    return `${text}${end}${newline}[${section}]${newline}${line}${newline}`;
  }
  const written = ['', '#[ \\t]*'].map(
    (mark) => new RegExp(`^([ \\t]*)${mark}${key}[ \\t]*=[^#\\r\\n]*?([ \\t]*(?:#.*)?)$`, 'm'),
  );
  const found = written.find((pattern) => pattern.test(part));
  const set =
    found === undefined
      ? part.replace(/^(.*)$/m, (head) => `${head}${newline}${line}`)
      : part.replace(found, (_, indent: string, note: string) => `${indent}${line}${note}`);
  return parts.with(at, set).join('');
}
