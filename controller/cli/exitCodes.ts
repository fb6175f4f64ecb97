/** The habits of the field, decided in one place. */
export const exitCodes = {
  /** Done, or nothing to do. */
  done: 0,
  error: 1,
  /** Changes or drift found, where that was asked. */
  found: 2,
  /** Ended by Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
} as const;
