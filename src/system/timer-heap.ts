/** A task with its time; `order` keeps those of the same time in the order in which they were asked for. */
export interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly task: () => void;
  cancelled: boolean;
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** A binary heap of timers, the earliest on top. Cancelled ones are dropped when they surface. */
export class TimerHeap {
  readonly #timers: Timer[] = [];

  push(timer: Timer): void {
    const timers = this.#timers;
    let index = timers.length;
    timers.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = timers[parentIndex];
      if (parent === undefined || before(parent, timer)) break;
      timers[index] = parent;
      index = parentIndex;
    }
    timers[index] = timer;
  }

  /** The earliest timer that still counts, undefined when there is none. */
  peek(): Timer | undefined {
    while (this.#timers[0]?.cancelled) this.#dropTop();
    return this.#timers[0];
  }

  /** Takes the earliest timer out. */
  pop(): Timer | undefined {
    const top = this.peek();
    if (top !== undefined) this.#dropTop();
    return top;
  }

  #dropTop(): void {
    const timers = this.#timers;
    const last = timers.pop();
    if (last === undefined || timers.length === 0) return;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = timers[leftIndex];
      if (left === undefined) break;
      const right = timers[leftIndex + 1];
      const [childIndex, child] =
        right !== undefined && before(right, left) ? [leftIndex + 1, right] : [leftIndex, left];
      if (before(last, child)) break;
      timers[index] = child;
      index = childIndex;
    }
    timers[index] = last;
  }
}
