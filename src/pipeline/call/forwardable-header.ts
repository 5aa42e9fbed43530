/** Longer values are not ids, dates or counts, and the recipient may have smaller limits than Sluice. */
const PLAIN = /^[\t\u0020-\u007e]{1,1024}$/

/** Whether a header value may be forwarded: at most 1,024 characters of visible ASCII, which every parser accepts. */
export const isForwardable = (value: string): boolean => PLAIN.test(value)
