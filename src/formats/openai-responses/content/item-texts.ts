// Items as JSON texts. They are not decoded, so that what was stored is what the upstream gets: the same bytes.
import { scanArray } from '../../../codecs/json/elements.ts'
import { type JsonMember, scanObject } from '../../../codecs/json/scan.ts'
import { readString } from '../../../codecs/json/read.ts'
import { textOf } from '../../../codecs/text.ts'

/** An item, and what is needed to find it again. */
export interface ItemText {
  /** Undefined if it has no id. */
  readonly id: string | undefined
  /** What ids of its kind begin with. */
  readonly prefix: string
  readonly text: string
}

/** The items of a request were checked when it arrived; those of an upstream are not deeper than its response. */
const MAX_DEPTH = 500

/** OpenAI's prefixes of ids, by the type of the item. A message may have no type. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
}

/** The texts of the elements of a list of items. */
export const elementsOf = (bytes: Uint8Array, { start }: Pick<JsonMember, 'start'>): string[] =>
  scanArray(bytes, start, MAX_DEPTH).map((element) => textOf(bytes, element.start, element.end))

/** The items of `input`; a text is the message of a user. */
export function inputItems(bytes: Uint8Array, members: readonly JsonMember[]): ItemText[] {
  const input = members.find(({ key }) => key === 'input')
  if (input?.type !== 'array') return input ? inputTexts(bytes, input).map(itemOf) : []
  return scanArray(bytes, input.start, MAX_DEPTH).map(({ start, end }) => itemIn(bytes.subarray(start, end)))
}

/** The same as texts. */
export function inputTexts(bytes: Uint8Array, input: JsonMember): string[] {
  if (input.type === 'array') return elementsOf(bytes, input)
  if (input.type !== 'string') return []
  return [`{"type":"message","role":"user","content":${textOf(bytes, input.start, input.end)}}`]
}

/** Throws JsonScanError for a text that is an object and not valid JSON. */
export const itemOf = (text: string): ItemText => itemIn(Buffer.from(text))

function itemIn(bytes: Uint8Array): ItemText {
  const text = textOf(bytes)
  if (!text.startsWith('{')) return { id: undefined, prefix: 'item', text }
  const members = scanObject(bytes, MAX_DEPTH)
  const read = (key: string) => {
    const member = members.find((each) => each.key === key && each.type === 'string')
    return member && readString(bytes, member)
  }
  const type = read('type') ?? 'message'
  return { id: read('id') || undefined, prefix: Object.hasOwn(PREFIXES, type) ? PREFIXES[type]! : 'item', text }
}
