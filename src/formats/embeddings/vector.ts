/**
 * A vector as it was received: numbers, or base64 of little-endian 32-bit floats. It is converted only if the client
 * requested the other encoding.
 */
export type Vector = readonly number[] | string

const FLOAT_BYTES = 4

/** The numbers of a vector; undefined: the text is not base64 of complete floats. */
export function toFloats(vector: Vector): readonly number[] | undefined {
  if (typeof vector !== 'string') return vector
  const bytes = Buffer.from(vector, 'base64')
  if (bytes.length === 0 || bytes.length % FLOAT_BYTES !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, at) => view.getFloat32(at * FLOAT_BYTES, true))
}

export function toBase64(vector: Vector): string {
  if (typeof vector === 'string') return vector
  const bytes = Buffer.allocUnsafe(vector.length * FLOAT_BYTES)
  for (let at = 0; at < vector.length; at++) bytes.writeFloatLE(vector[at]!, at * FLOAT_BYTES)
  return bytes.toString('base64')
}

/** Reads a vector of an upstream's response; undefined: it is invalid or empty, or base64 of another kind of numbers. */
export function readVector(value: unknown): Vector | undefined {
  if (typeof value === 'string') return BASE64.test(value) && areFloats(toFloats(value)) ? value : undefined
  return Array.isArray(value) && value.length > 0 && value.every(isNumber) ? (value as number[]) : undefined
}

/** No model returns larger components, and at most few of them are smaller. */
const [LARGEST, SMALLEST] = [1e6, 1e-8]

/**
 * Whether numbers can be the components of a vector. Bytes of another kind (int8, bits, float16) that are read as 32-bit
 * floats give huge, tiny and invalid numbers.
 */
function areFloats(numbers: readonly number[] | undefined): boolean {
  if (!numbers?.every((number) => Math.abs(number) < LARGEST)) return false
  const sizes = numbers.map(Math.abs).filter((size) => size > 0)
  return sizes.filter((size) => size < SMALLEST).length <= sizes.length / 2
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const isNumber = (value: unknown): boolean => typeof value === 'number'
