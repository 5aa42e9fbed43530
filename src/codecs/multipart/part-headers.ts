import { GatewayError } from '../../errors.ts'

/** The properties of a part that its headers state. */
export interface PartHeaders {
  readonly name: string
  readonly isFile: boolean
  /** The value is not encoded: not in base64, as in mail. */
  readonly isPlain: boolean
}

const HEADER = /^([!#$%&'*+.^_`|~0-9a-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/i
const DISPOSITION = /^form-data[ \t]*(?=;|$)/i
const PARAMETER = /;[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+)=(?:"([^"]*)"|([!#$%&'*+.^_`|~0-9a-z-]+))[ \t]*/iy
const PLAIN = /^(?:7bit|8bit|binary)$/i

/**
 * Reads the headers of a part, without the blank line. Throws GatewayError `invalid_request` for anything that two
 * readers could read differently: folded lines, a repeated header or parameter, a quote after a backslash.
 * Source: RFC 7578, section 4.2
 */
export function readPartHeaders(text: string): PartHeaders {
  let disposition: string | undefined
  let encoding: string | undefined
  for (const line of text.split('\r\n')) {
    const [, header, value] = HEADER.exec(line) ?? []
    if (header === undefined) throw bad('an invalid header line')
    const name = header.toLowerCase()
    if (name === 'content-disposition') disposition = once(disposition, value!, name)
    if (name === 'content-transfer-encoding') encoding = once(encoding, value!, name)
  }
  if (disposition === undefined) throw bad('no content-disposition header')
  const parameters = readParameters(disposition)
  const field = parameters.get('name')
  if (field === undefined) throw bad('no name')
  if (parameters.has('name*')) throw bad('the parameter "name*", which is not allowed in forms')
  return {
    name: field,
    isFile: parameters.has('filename') || parameters.has('filename*'),
    isPlain: encoding === undefined || PLAIN.test(encoding.trim()),
  }
}

function readParameters(disposition: string): ReadonlyMap<string, string> {
  const kind = DISPOSITION.exec(disposition)
  if (!kind) throw bad('a content-disposition that is not form-data')
  if (disposition.includes('\\"')) throw bad('a backslash before a quote; write the quote as %22')
  const found = new Map<string, string>()
  let at = kind[0].length
  while (at < disposition.length) {
    PARAMETER.lastIndex = at
    const match = PARAMETER.exec(disposition)
    if (!match) throw bad('an invalid content-disposition header')
    const name = match[1]!.toLowerCase()
    if (found.has(name)) throw bad(`two parameters ${JSON.stringify(name)}`)
    found.set(name, match[2] ?? match[3]!)
    at = PARAMETER.lastIndex
  }
  return found
}

function once(before: string | undefined, value: string, name: string): string {
  if (before !== undefined) throw bad(`two headers ${name}`)
  return value
}

const bad = (what: string) => new GatewayError('invalid_request', `A part of the form has ${what}.`)
