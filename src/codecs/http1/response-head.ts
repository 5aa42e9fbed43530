// The head of an HTTP/1.1 response (RFC 9112). Strict where leniency would let a response end in another place than
// where its server meant.
import { HeaderFields } from './header-fields.ts'
import { MalformedHttp } from './malformed.ts'

/** How the end of a body is found. A number: its length in bytes. */
export type BodyLength = number | 'chunked' | 'until-close'

export interface ResponseHead {
  readonly status: number
  readonly headers: HeaderFields
  readonly body: BodyLength
  /** Whether the server keeps the connection open for the next request. */
  readonly keepsAlive: boolean
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
/** Of all names and values together: 256 fields. */
const MAX_FLAT = 2 * 256

const LENGTH = /^\d{1,15}$/

/** Responses to any request without a body, whatever their headers say. */
const hasNoBody = (status: number, method: string): boolean =>
  status < 200 || status === 204 || status === 304 || method === 'HEAD'

/**
 * Reads a head without the empty line at its end, each byte a character. `method`: that of the request. Throws
 * MalformedHttp.
 */
export function readResponseHead(text: string, method: string): ResponseHead {
  const lineEnd = endOfLine(text, 0)
  const line = STATUS_LINE.exec(text.slice(0, lineEnd))
  if (!line) throw new MalformedHttp('status line')
  const status = Number(line[2])
  const fields = readFields(text, lineEnd + 2)
  const headers = new HeaderFields(fields.flat)
  const isOld = line[1] === '0'
  const keepsAlive = isOld ? fields.keepsAlive === true : fields.keepsAlive !== false
  const body = hasNoBody(status, method) ? 0 : lengthOf(fields, isOld)
  return { status, headers, body, keepsAlive: keepsAlive && body !== 'until-close' && !isAmbiguous(fields) }
}

/** What the fields say about the connection. */
interface Fields {
  readonly flat: string[]
  length: number | undefined
  coding: string | undefined
  keepsAlive: boolean | undefined
}

function readFields(text: string, start: number): Fields {
  const fields: Fields = { flat: [], length: undefined, coding: undefined, keepsAlive: undefined }
  for (let from = start; from < text.length;) {
    const end = endOfLine(text, from)
    const colon = text.indexOf(':', from)
    if (colon === -1 || colon >= end) throw new MalformedHttp('header without a colon')
    const name = text.slice(from, colon)
    if (!TOKEN.test(name)) throw new MalformedHttp('header name')
    const value = text.slice(colon + 1, end).trim()
    if (value.includes('\0') || value.includes('\r') || value.includes('\n')) throw new MalformedHttp('header value')
    addField(fields, name.toLowerCase(), value)
    if (fields.flat.length > MAX_FLAT) throw new MalformedHttp('too many headers')
    from = end + 2
  }
  return fields
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from)
  return end === -1 ? text.length : end
}

function addField(fields: Fields, name: string, value: string): void {
  fields.flat.push(name, value)
  if (name === 'content-length') addLength(fields, value)
  else if (name === 'transfer-encoding')
    fields.coding = fields.coding === undefined ? value.toLowerCase() : `${fields.coding}, ${value.toLowerCase()}`
  else if (name === 'connection') addConnection(fields, value.toLowerCase())
}

/** The same length twice is harmless; two lengths are two ends. */
function addLength(fields: Fields, value: string): void {
  for (const each of value.includes(',') ? value.split(',') : [value]) {
    const digits = each.trim()
    if (!LENGTH.test(digits)) throw new MalformedHttp('content-length')
    const length = Number(digits)
    if (fields.length !== undefined && fields.length !== length) throw new MalformedHttp('two content-lengths')
    fields.length = length
  }
}

function addConnection(fields: Fields, value: string): void {
  if (value === 'keep-alive') fields.keepsAlive ??= true
  else if (/(?:^|[\s,])close(?:$|[\s,])/.test(value)) fields.keepsAlive = false
  else if (/(?:^|[\s,])keep-alive(?:$|[\s,])/.test(value)) fields.keepsAlive ??= true
}

/** Two ways to find the end: chunks count, and the connection is not used again. */
const isAmbiguous = ({ length, coding }: Fields): boolean => length !== undefined && coding !== undefined

function lengthOf({ length, coding }: Fields, isOld: boolean): BodyLength {
  if (coding === undefined) return length ?? 'until-close'
  if (coding !== 'chunked' || isOld) throw new MalformedHttp('transfer-encoding')
  return 'chunked'
}
