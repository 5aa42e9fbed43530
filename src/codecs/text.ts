const { utf8Slice } = Buffer.prototype

/** The text of UTF-8 bytes. A view made first, as the usual way has it, costs more than reading a short text. */
export const textOf = (bytes: Uint8Array, start = 0, end = bytes.length): string => utf8Slice.call(bytes, start, end)
