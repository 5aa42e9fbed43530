// A byte order mark, which some servers write before JSON or before a stream of events. No parser here takes one.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

const [FIRST, SECOND, THIRD] = [0xef, 0xbb, 0xbf]

/** The bytes without a byte order mark at their start. */
export const withoutMark = <Bytes extends Uint8Array>(bytes: Bytes): Bytes =>
  bytes[0] === FIRST && bytes[1] === SECOND && bytes[2] === THIRD ? (bytes.subarray(3) as Bytes) : bytes

/** The text without a byte order mark at its start. */
export const textWithoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text)

/** Whether the byte is one of a byte order mark. */
export const isOfMark = (byte: number): boolean => byte === FIRST || byte === SECOND || byte === THIRD
