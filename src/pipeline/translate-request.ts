import type { ChatRequest } from '../chat/request.ts'
import { GatewayError } from '../errors.ts'
import { chatFormat } from '../formats/chat-formats.ts'
import type { Target } from '../formats/format.ts'
import { type Loss, Losses } from '../formats/losses.ts'
import { textOf } from '../formats/text.ts'
import type { Wire } from '../formats/wires.ts'
import { FOR_US } from './body-edits.ts'
import type { Call } from './call.ts'

/**
 * The client's request in the words of another language, as JSON. What cannot be said there is noted, and refused where
 * the caller wants it exact. Throws GatewayError `invalid_request` or `unsupported_parameter`, naming the field.
 */
export function translateRequest(call: Call, to: Wire, target: Target): Uint8Array<ArrayBuffer> {
  const losses = new Losses()
  const body = chatFormat(to.name)!.encodeRequest(canonicalRequest(call), target, losses)
  warn(call, losses.list)
  return new Uint8Array(Buffer.from(JSON.stringify(body)))
}

/** The client's request as every language is read into; read once, however many upstreams are asked. */
export function canonicalRequest(call: Call): ChatRequest {
  call.chat ??= chatFormat(call.wire!.name)!.decodeRequest(withoutOurs(call.body), {
    model: call.pathModel,
    stream: call.pathStream,
  })
  return call.chat
}

function withoutOurs(body: Uint8Array): unknown {
  const fields = JSON.parse(textOf(body)) as Record<string, unknown>
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !FOR_US.has(key)))
}

/** Tells the caller what went without. Throws where nothing may. */
export function warn(call: Call, losses: readonly Loss[]): void {
  if (losses.length === 0) return
  const warnings = losses.map(({ field, what }) => `${field}: ${what}`)
  if (isStrict(call))
    throw new GatewayError(
      'unsupported_parameter',
      `Not everything can be said to this model: ${warnings.join('; ')}.`,
      {
        param: losses[0]!.field,
      },
    )
  for (const warning of warnings) call.warn(warning)
}

const isStrict = ({ request, snapshot, model }: Call): boolean =>
  request.headers.get('x-sluice-strict') === 'true' || snapshot.table.find(model!)?.model.isStrict === true
