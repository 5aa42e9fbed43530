import { GatewayError } from '../../errors.ts'
import {
  readReferences,
  type References,
  withoutReferences,
} from '../../formats/openai-responses/request/references.ts'
import { isEmptyReasoning } from '../../formats/openai-responses/response/response-text.ts'
import { formatBytes } from '../../units.ts'
import type { FoundItem, Origin, ResponseStore, StoredResponse } from '../../state/response-store.ts'
import { withBytes } from '../call/body.ts'
import type { Call } from '../call/call.ts'

interface Found {
  readonly previous: StoredResponse | undefined
  readonly items: ReadonlyMap<number, FoundItem | undefined>
}

/**
 * Replaces what a request refers to by the stored items. What is not stored here is left to an upstream that keeps
 * responses itself. Throws GatewayError `invalid_request` for an id that is not a string.
 */
export async function resolveReferences(call: Call, store: ResponseStore): Promise<void> {
  const { body: original, arrival, principal } = call
  const scanned = { bytes: original.bytes, members: original.envelope.members }
  const references = readReferences(scanned)
  if (!references) return
  const found = await find(references, store, principal.id)
  const missing = missingIn(references, found)
  call.stored = { original, previousId: references.response, origin: originOf(found, references), missing }
  if (missing) return
  const earlier = [...(found.previous?.input ?? []), ...(found.previous?.output ?? [])].map(({ text }) => text)
  const items = new Map([...found.items].map(([index, item]) => [index, readable(item!.text, item!.origin)]))
  const kept = found.previous?.origin ? earlier.filter((text) => !isEmptyReasoning(text)) : earlier
  checkSize([...kept, ...items.values()], arrival.snapshot.maxBodyBytes)
  call.body = withBytes(original, withoutReferences(scanned, kept, items), arrival.api!, arrival)
}

async function find({ response, items }: References, store: ResponseStore, owner: string): Promise<Found> {
  const ids = [...new Set(items.values())]
  const [previous, found] = await Promise.all([
    response === undefined ? undefined : store.find(owner, response),
    ids.length === 0 ? [] : store.findItems(owner, ids),
  ])
  const byId = new Map(ids.map((id, index) => [id, found[index]]))
  return { previous, items: new Map([...items].map(([place, id]) => [place, byId.get(id)])) }
}

/** A few references may stand for many bytes. Checked before they are copied. */
function checkSize(texts: readonly (string | undefined)[], maxBytes: number): void {
  let bytes = 0
  for (const text of texts) bytes += text?.length ?? 0
  if (bytes <= maxBytes) return
  throw new GatewayError(
    'request_too_large',
    `What the request refers to is larger than the ${formatBytes(maxBytes)} allowed here (server.maxBody).`,
  )
}

/** Reasoning that only its provider can read is left out for others. */
const readable = (text: string, origin: Origin | undefined): string | undefined =>
  origin && isEmptyReasoning(text) ? undefined : text

/** The endpoint that keeps everything that is referred to. */
function originOf({ previous, items }: Found, references: References): Origin | undefined {
  const origins = [
    ...(references.response === undefined ? [] : [previous?.origin]),
    ...[...items.values()].map((item) => item?.origin),
  ]
  const [first] = origins
  return first && origins.every((origin) => origin?.endpoint === first.endpoint) ? first : undefined
}

function missingIn({ response, items }: References, found: Found): GatewayError | undefined {
  if (response !== undefined && !found.previous?.input) return missingResponse(response, found.previous)
  const [place] = [...found.items].find(([, item]) => !item) ?? []
  return place === undefined ? undefined : missingItem(place, items.get(place)!)
}

const REMEDY = 'Send the whole conversation in "input" instead'

/** The codes are OpenAI's. Another provider of the pool may know the response. */
function missingResponse(id: string, known: StoredResponse | undefined): GatewayError {
  const why = known
    ? 'is kept by another provider only'
    : 'is not stored here: it has expired, was sent with "store": false, or belongs to another key'
  return new GatewayError('unsupported_parameter', `The response ${quoted(id)} ${why}. ${REMEDY}.`, {
    param: 'previous_response_id',
    upstream: { type: 'invalid_request_error', code: 'previous_response_not_found' },
  })
}

const missingItem = (place: number, id: string): GatewayError =>
  new GatewayError(
    'unsupported_parameter',
    `The item ${quoted(id)} is not stored here: it has expired, was sent with "store": false, or belongs to another key. ${REMEDY}; libraries that send references do so with "store": false.`,
    { param: `input[${place}]`, upstream: { type: 'invalid_request_error', code: 'item_not_found' } },
  )

const quoted = (id: string): string => JSON.stringify(id.slice(0, 100))
