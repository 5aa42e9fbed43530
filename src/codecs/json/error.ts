export type JsonScanReason = 'empty' | 'syntax' | 'not_object' | 'too_deep' | 'duplicate_key' | 'too_many' | 'not_utf8'

/** Why the bytes are not a valid JSON object. `offset` counts bytes from the start of the body. */
export class JsonScanError extends Error {
  override readonly name = 'JsonScanError'
  readonly reason: JsonScanReason
  readonly offset: number

  constructor(reason: JsonScanReason, offset: number, message: string) {
    super(`${message} at byte ${offset}`)
    this.reason = reason
    this.offset = offset
  }
}

/** A syntax error that names what the grammar expects and the byte that was found; it quotes only that one byte. */
export const unexpected = (bytes: Uint8Array, at: number, wanted: string) =>
  new JsonScanError('syntax', at, `Expected ${wanted} but found ${found(bytes[at])}`)

function found(byte: number | undefined): string {
  if (byte === undefined) return 'the end'
  if (byte > 0x20 && byte < 0x7f) return `'${String.fromCharCode(byte)}'`
  return `the byte 0x${byte.toString(16).padStart(2, '0')}`
}
