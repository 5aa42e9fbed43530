import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { filled, listOf } from '../fields/values.ts'
import { ItemCheck } from './stream/item-grammar.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

/** Keys that clients' types require of every response object. */
const REQUIRED = [
  'id',
  'created_at',
  'status',
  'error',
  'incomplete_details',
  'instructions',
  'metadata',
  'model',
  'output',
  'parallel_tool_calls',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
] as const

const TERMINALS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/**
 * Returns the violations of the grammar that clients of this format rely on; empty for a valid stream.
 * `response.created` is first, a terminal event last. Events are numbered without gaps and named like their frames. An
 * item is announced under the next index before its other events, its parts before their deltas. Parts and items are
 * then done in the reverse order, with the content of the deltas. The terminal response has all items as they were
 * done.
 */
export function checkStream(frames: readonly Frame[]): string[] {
  const check = new Check()
  for (const [index, frame] of frames.entries()) check.frame(frame, index)
  return check.end()
}

class Check {
  readonly #problems: string[] = []
  readonly #items: ItemCheck[] = []
  readonly #ids = new Set<unknown>()
  #identity: string | undefined
  #hasError = false
  #isDone = false

  frame({ name, data }: Frame, index: number): void {
    const at = `event ${index}`
    const event = parse(data)
    if (!isRecord(event) || !filled(event['type'])) return this.#report(at, 'is not an event')
    const type = event['type'] as string
    if (this.#isDone) this.#report(at, 'comes after the last event')
    if (name !== type) this.#report(at, `is named ${name}, not ${type}`)
    if (event['sequence_number'] !== index) this.#report(at, `is numbered ${String(event['sequence_number'])}`)
    if (this.#hasError && type !== 'response.failed') this.#report(at, 'comes after an error')
    if (index === 0 && type !== 'response.created' && type !== 'error') this.#report(at, 'is not response.created')
    this.#event(type, event, at)
  }

  end(): string[] {
    if (!this.#isDone) this.#problems.push('there is no terminal event')
    return this.#problems
  }

  #report(at: string, what: string): void {
    this.#problems.push(`${at} ${what}`)
  }

  #event(type: string, event: JsonObject, at: string): void {
    if (type === 'error') return this.#error(event, at)
    if (type === 'response.output_item.added') return this.#add(event, at)
    if (isRecord(event['response'])) return this.#lifecycle(type, event['response'], at)
    const item = this.#items[Number(event['output_index'])]
    if (!item) return this.#report(at, 'is of an item that was not announced')
    for (const problem of item.push(type, event)) this.#report(at, problem)
  }

  #error({ error }: JsonObject, at: string): void {
    this.#hasError = true
    for (const key of ['type', 'code', 'message', 'param'])
      if (!isRecord(error) || !(key in error)) this.#report(at, `is an error without ${key}`)
  }

  #add({ item, output_index: index }: JsonObject, at: string): void {
    if (!isRecord(item)) return this.#report(at, 'has no item')
    if (index !== this.#items.length) this.#report(at, `has the index ${String(index)}, not ${this.#items.length}`)
    if (!filled(item['id']) || this.#ids.has(item['id'])) this.#report(at, 'has an item without an id of its own')
    const last = this.#items.at(-1)
    if (last && !last.isDone) this.#report(at, 'comes before the item before it is done')
    this.#ids.add(item['id'])
    this.#items.push(new ItemCheck(item))
  }

  #lifecycle(type: string, response: JsonObject, at: string): void {
    for (const key of REQUIRED) if (!(key in response)) this.#report(at, `has a response without ${key}`)
    const identity = JSON.stringify([response['id'], response['created_at'], response['model']])
    if ((this.#identity ??= identity) !== identity) this.#report(at, 'has another id, time or model')
    if (!TERMINALS.has(type)) {
      if (listOf(response['output']).length > 0) this.#report(at, 'has output before any item')
      return
    }
    this.#isDone = true
    const status = type.slice('response.'.length)
    if (response['status'] !== status) this.#report(at, `has the status ${String(response['status'])}`)
    if (status === 'incomplete' && !isRecord(response['incomplete_details'])) this.#report(at, 'has no reason')
    if (status === 'failed' && !isRecord(response['error'])) this.#report(at, 'has no error')
    if (status !== 'failed') this.#whole(response, at)
    else if (this.#items.some(({ isDone }) => !isDone) && !this.#hasError)
      this.#report(at, 'comes before an item is done')
  }

  #whole({ output, usage }: JsonObject, at: string): void {
    const listed = listOf(output)
    if (listed.length !== this.#items.length) this.#report(at, `has ${listed.length} items, not ${this.#items.length}`)
    for (const [index, item] of this.#items.entries()) {
      if (!item.isDone) this.#report(at, `comes before item ${index} is done`)
      else if (JSON.stringify(listed[index]) !== JSON.stringify(item.done))
        this.#report(at, `has another item ${index}`)
    }
    if (usage === null || usage === undefined) return
    for (const key of ['input_tokens', 'output_tokens', 'total_tokens'])
      if (!isRecord(usage) || typeof usage[key] !== 'number') this.#report(at, `has usage without ${key}`)
    for (const key of ['input_tokens_details', 'output_tokens_details'])
      if (!isRecord(usage) || !isRecord(usage[key])) this.#report(at, `has usage without ${key}`)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
