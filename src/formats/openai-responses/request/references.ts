// What a request refers to instead of sending it: an earlier response, or single items.
import { removeMembers } from '../../../codecs/json/edit-members.ts'
import { readString } from '../../../codecs/json/read.ts'
import type { JsonMember } from '../../../codecs/json/scan.ts'
import { type Edit, insertMember, splice } from '../../../codecs/json/splice.ts'
import { GatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { inputTexts } from '../content/item-texts.ts'

/** A request's body and the members of its object. */
export interface ScannedBody {
  readonly bytes: Uint8Array
  readonly members: readonly JsonMember[]
}

export interface References {
  /** `previous_response_id`. */
  readonly response: string | undefined
  /** The ids of `item_reference` items, and their places in `input`. */
  readonly items: ReadonlyMap<number, string>
}

const REFERENCE = Buffer.from('"item_reference"')
/** A reference is a type and an id. */
const MAX_REFERENCE_LENGTH = 2048

const find = (members: readonly JsonMember[], key: string) =>
  members.find((member) => member.key === key && member.type !== 'null')

/** Undefined for a request without references. Throws GatewayError `invalid_request` for an id that is not a string. */
export function readReferences({ bytes, members }: ScannedBody): References | undefined {
  const previous = find(members, 'previous_response_id')
  if (previous && previous.type !== 'string')
    throw wrong(`must be of type string, not ${previous.type}`, 'previous_response_id')
  const input = find(members, 'input')
  const items = input?.type === 'array' && mayRefer(bytes, input) ? referencesIn(inputTexts(bytes, input)) : NONE
  if (!previous && items.size === 0) return undefined
  return { response: previous && readString(bytes, previous), items }
}

const NONE: ReadonlyMap<number, string> = new Map()

/** Most requests have no reference; then their input is not taken apart. */
function mayRefer(bytes: Uint8Array, { start, end }: JsonMember): boolean {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(REFERENCE, start)
  return at !== -1 && at < end
}

function referencesIn(texts: readonly string[]): Map<number, string> {
  const found = new Map<number, string>()
  for (const [index, text] of texts.entries()) {
    if (text.length > MAX_REFERENCE_LENGTH || !text.includes('"item_reference"')) continue
    const item = parse(text)
    if (!isRecord(item) || item['type'] !== 'item_reference') continue
    if (typeof item['id'] !== 'string') throw wrong('must be of type string', `input[${index}].id`)
    found.set(index, item['id'])
  }
  return found
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const wrong = (what: string, param: string) => new GatewayError('invalid_request', `${param} ${what}.`, { param })

/**
 * The same request without references: `earlier` items, then those of `input`, each reference replaced by its item (by
 * its place; undefined: left out).
 */
export function withoutReferences(
  { bytes, members }: ScannedBody,
  earlier: readonly string[],
  items: ReadonlyMap<number, string | undefined>,
): Uint8Array<ArrayBuffer> {
  const input = members.find(({ key }) => key === 'input')
  const own = input ? inputTexts(bytes, input) : []
  const resolved = own.flatMap((text, index) => (items.has(index) ? (items.get(index) ?? []) : text))
  const text = `[${[...earlier, ...resolved].join(',')}]`
  const edits: Edit[] = input ? [{ start: input.start, end: input.end, text }] : [insertMember(bytes, 'input', text)]
  const removed = new Set(members.filter(({ key }) => key === 'previous_response_id'))
  if (removed.size > 0) edits.push(...removeMembers(members, removed))
  return new Uint8Array(
    splice(
      bytes,
      edits.toSorted((a, b) => a.start - b.start),
    ),
  )
}
