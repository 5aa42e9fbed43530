// Forms with files, as bytes: where each part's value begins and ends. Nothing is copied or decoded.
import { GatewayError } from '../../errors.ts'
import { type PartHeaders, readPartHeaders } from './part-headers.ts'

export interface FormPart extends PartHeaders {
  /** Its value is the bytes [start, end). */
  readonly start: number
  readonly end: number
}

export interface Form {
  readonly boundary: string
  /** The offset of the first boundary. */
  readonly start: number
  readonly parts: readonly FormPart[]
}

/** Forms of these APIs have about ten parts, and up to 16 images. */
const MAX_PARTS = 1000
const MAX_HEADER_BYTES = 8 * 1024

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const TAB = 0x09
const DASH = 0x2d

/**
 * Finds the parts of a form. Throws GatewayError `invalid_request` for a form that is truncated, that exceeds a limit,
 * or that another reader could split differently: every occurrence of the boundary must be a boundary.
 * Source: RFC 2046, section 5.1; RFC 7578
 */
export function readForm(bytes: Uint8Array, boundary: string): Form {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  const parts: FormPart[] = []
  const first = begin(body, delimiter)
  let at = first + delimiter.length
  while (!isEnd(body, at)) {
    if (parts.length === MAX_PARTS) throw bad(`has more than ${MAX_PARTS} parts`)
    const headers = skipLineEnd(body, at)
    const start = endOfHeaders(body, headers)
    const found = body.indexOf(delimiter, headers)
    if (found === -1) throw bad('ends in the middle of a part')
    const end = found - 2
    if (end < start || !isLineEnd(body, end)) throw bad('contains its boundary inside a part')
    parts.push({ ...readPartHeaders(body.toString('latin1', headers, start - 4)), start, end })
    at = found + delimiter.length
  }
  return { boundary, start: first, parts }
}

/** Mail allows text before the first boundary; no client sends it, so it is rejected. */
function begin(body: Buffer, delimiter: Buffer): number {
  const first = body.indexOf(delimiter)
  if (first === -1) throw bad('has no part with the boundary that its content type declares')
  if (first === 0 || (first === 2 && isLineEnd(body, 0))) return first
  throw bad('does not begin with its boundary')
}

function isEnd(body: Buffer, at: number): boolean {
  if (body[at] !== DASH || body[at + 1] !== DASH) return false
  for (let rest = at + 2; rest < body.length; rest++)
    if (body[rest] !== CR && body[rest] !== LF) throw bad('has data after its closing boundary')
  return true
}

/** Spaces may follow a boundary: transports add them. */
function skipLineEnd(body: Buffer, start: number): number {
  let at = start
  while (body[at] === SPACE || body[at] === TAB) at++
  if (!isLineEnd(body, at)) throw bad('has text after a boundary on the same line')
  return at + 2
}

/** The offset of the value, after the blank line. */
function endOfHeaders(body: Buffer, start: number): number {
  const at = body.subarray(start, start + MAX_HEADER_BYTES).indexOf('\r\n\r\n')
  if (at !== -1) return start + at + 4
  throw bad(
    body.length - start > MAX_HEADER_BYTES
      ? `has a part with headers of more than ${MAX_HEADER_BYTES} bytes`
      : 'ends in the middle of a part',
  )
}

const isLineEnd = (body: Buffer, at: number): boolean => body[at] === CR && body[at + 1] === LF

const bad = (what: string) => new GatewayError('invalid_request', `The form ${what}.`)
