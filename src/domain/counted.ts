/** A number with its word, as people say it: "1 gift", "2 gifts". Words whose plural is not made with an s bring it. */
export function counted(count: number, word: string, plural = `${word}s`): string {
  return `${count} ${count === 1 ? word : plural}`;
}
