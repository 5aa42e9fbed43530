import { GatewayError } from '../../errors.ts'

/** Whether a content type declares a form with files. */
export const isFormType = (contentType: string | null): contentType is string =>
  contentType !== null && /^multipart\/form-data *(?:;|$)/i.test(contentType)

const PARAMETER = /;[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+)=(?:"([^"\\]*)"|([^;"\s]+))[ \t]*/gi

/** The characters that RFC 2046 or HTTP tokens allow: libraries send both. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=?!#$%&*^`|~ ]{0,69}[0-9A-Za-z'()+_,\-./:=?!#$%&*^`|~]$/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/**
 * The boundary in the content type of a form. Throws GatewayError `invalid_request` if there is none or more than one:
 * the upstream could use the other one.
 * Source: RFC 2046, section 5.1.1
 */
export function boundaryOf(contentType: string): string {
  const found = [...contentType.matchAll(PARAMETER)].filter(([, name]) => name!.toLowerCase() === 'boundary')
  if (found.length !== 1) throw bad(found.length === 0 ? 'has no boundary' : 'has several boundaries')
  const [, , quoted, token] = found[0]!
  const boundary = quoted ?? token!
  if (!BOUNDARY.test(boundary)) throw bad('has an invalid boundary; allowed: 1 to 70 characters of RFC 2046')
  return boundary
}

/** The content type of a form with this boundary. */
export const formType = (boundary: string): string =>
  `multipart/form-data; boundary=${TOKEN.test(boundary) ? boundary : `"${boundary}"`}`

const bad = (what: string) => new GatewayError('invalid_request', `The content type multipart/form-data ${what}.`)
