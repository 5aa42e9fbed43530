import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../errors.ts'
import { boundaryOf } from '../../codecs/multipart/boundary.ts'
import { type Form, type FormPart, readForm } from '../../codecs/multipart/read-form.ts'
import { textOf } from '../../codecs/text.ts'
import type { Api } from '../apis/api.ts'
import type { Envelope } from './read-request.ts'

/** No field that routing reads is longer. */
const MAX_FIELD_BYTES = 1024

/**
 * Reads the envelope of a request that is a form with files. Throws GatewayError `invalid_request` or
 * `missing_required_parameter`.
 */
export function readFormRequest(bytes: Uint8Array, contentType: string, api: Api): Envelope {
  const form = readForm(bytes, boundaryOf(contentType))
  checkModelName(form)
  checkFiles(form, api)
  const field = (name: string) => readField(bytes, form, name)
  const prompt = form.parts.find(({ name }) => name === 'prompt')
  return {
    members: [],
    form,
    model: field('model'),
    stream: /^(?:true|1)$/i.test(field('stream') ?? ''),
    wantsUsage: false,
    choices: 1,
    user: field('user'),
    maxOutput: undefined,
    promptBytes: prompt ? prompt.end - prompt.start : 0, // the size of a file does not indicate its work
  }
}

/** The field of this name. It must occur once; only the fields that routing reads are checked. */
function readField(bytes: Uint8Array, form: Form, name: string): string | undefined {
  const [part, second] = form.parts.filter((each) => each.name === name)
  if (!part) return undefined
  if (second) throw refusal(name, 'occurs twice in the form')
  if (!isText(bytes, part)) throw refusal(name, `must be text of at most ${MAX_FIELD_BYTES} bytes`)
  return textOf(bytes, part.start, part.end)
}

const isText = (bytes: Uint8Array, { isFile, isPlain, start, end }: FormPart): boolean =>
  !isFile && isPlain && end - start <= MAX_FIELD_BYTES && isUtf8(bytes.subarray(start, end))

/** Servers that accept `Model` or `model[]` as `model` would use another model than the one that was routed. */
function checkModelName({ parts }: Form): void {
  const twin = parts.find(({ name }) => name !== 'model' && /^\s*model\s*(?:\[|$)/i.test(name))
  if (twin) throw new GatewayError('invalid_request', `${JSON.stringify(twin.name)} is not accepted. Write "model".`)
}

function checkFiles({ parts }: Form, { media }: Api): void {
  const { files } = media!
  if (parts.some(({ name }) => files.includes(name.replace(/\[\d*\]$/, '')))) return
  throw new GatewayError('missing_required_parameter', `"${files[0]}" is missing.`, { param: files[0]! })
}

const refusal = (name: string, what: string) =>
  new GatewayError('invalid_request', `"${name}" ${what}.`, { param: name })
