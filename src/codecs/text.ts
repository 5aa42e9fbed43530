const { utf8Slice } = Buffer.prototype

/** Decodes UTF-8 bytes. Creating a view first, as is usual, costs more than decoding a short text. */
export const textOf = (bytes: Uint8Array, start = 0, end = bytes.length): string => utf8Slice.call(bytes, start, end)
