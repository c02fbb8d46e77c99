import { drawingMutations } from './drawing-mutations.ts';
import { goalMutations } from './goal-mutations.ts';
import { livesMutations } from './lives-mutations.ts';
import type { Mutation } from './mutation.ts';
import { pictureMutations } from './picture-mutations.ts';
import { plotterMutations } from './plotter-mutations.ts';
import { pointsMutations } from './points-mutations.ts';
import { ruleMutations } from './rule-mutations.ts';
import { serviceMutations } from './service-mutations.ts';
import { textMutations } from './text-mutations.ts';

/** Each must be caught within the fixed seeds and scenes, or on the first evenings. */
export const mutations: readonly Mutation[] = [
  ...plotterMutations,
  ...serviceMutations,
  ...livesMutations,
  ...drawingMutations,
  ...textMutations,
  ...pictureMutations,
  ...ruleMutations,
  ...pointsMutations,
  ...goalMutations,
];
