/** How a command ends, for scripts. */
export const exits = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;
