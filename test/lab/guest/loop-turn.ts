/** The line of the source with which each turn of the drawing loop begins, where a debugger halts the service. */
export const loopTurn = { file: 'src/appliance/drawing-loop.ts', line: '    this.#woken = false;' } as const;
