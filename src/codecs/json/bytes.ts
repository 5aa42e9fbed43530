export const QUOTE = 0x22
export const COMMA = 0x2c
export const MINUS = 0x2d
export const POINT = 0x2e
export const ZERO = 0x30
export const COLON = 0x3a
export const OPEN_ARRAY = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

/** A lookup table for a set of ASCII characters, indexed by byte: 1 if the byte is in the set. */
export function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

const SPACE = tableOf(' \t\n\r')

/** The first offset at or after `start` that is not JSON white space; the length if there is none. */
export function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (SPACE[bytes[at]!]) at++
  return at
}
