/** Longer ones are no ids, dates or counts, and whoever gets them may have smaller limits than we. */
const PLAIN = /^[\t\u0020-\u007e]{1,1024}$/

/** Whether the value of a header may go on to somebody else: short, and of visible ASCII, which every parser takes. */
export const isForwardable = (value: string): boolean => PLAIN.test(value)
