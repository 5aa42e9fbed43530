import { isRecord } from '../../fields/fields.ts'
import { filled, listOf } from '../../fields/values.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

interface Part {
  text: string
  /** The event with the complete text was received. */
  hasText: boolean
  isDone: boolean
}

/** The field with the complete text in the `done` event of each kind of delta. */
const COMPLETE_TEXT: Readonly<Record<string, string>> = {
  output_text: 'text',
  refusal: 'refusal',
  reasoning_text: 'text',
  reasoning_summary_text: 'text',
}

/** Checks the events of one item; `push` returns the violations of the next event. */
export class ItemCheck {
  readonly #id: unknown
  readonly #type: unknown
  readonly #parts = { content_index: [] as Part[], summary_index: [] as Part[] }
  #arguments = ''
  #hasArguments = false
  done: JsonObject | undefined

  constructor({ id, type }: JsonObject) {
    this.#id = id
    this.#type = type
  }

  get isDone(): boolean {
    return this.done !== undefined
  }

  push(type: string, event: JsonObject): string[] {
    if (this.isDone) return ['comes after its item is done']
    if (type === 'response.output_item.done') return this.#end(event['item'])
    const [, subject = '', what = ''] = /^response\.(\w+)\.(\w+)$/.exec(type) ?? []
    if ('item_id' in event && event['item_id'] !== this.#id) return ['is of another item']
    if (Object.hasOwn(ARGUMENTS, subject)) return this.#argument(what, event[ARGUMENTS[subject]!], event)
    if (subject === 'content_part' || subject === 'reasoning_part' || subject === 'reasoning_summary_part')
      return what === 'added' ? this.#openPart(event) : this.#endPart(event)
    return Object.hasOwn(COMPLETE_TEXT, subject) ? this.#text(subject, what, event) : []
  }

  #place(event: JsonObject): { parts: Part[]; index: unknown } {
    const key = 'summary_index' in event ? 'summary_index' : 'content_index'
    return { parts: this.#parts[key], index: event[key] }
  }

  #openPart(event: JsonObject): string[] {
    const { parts, index } = this.#place(event)
    const problems = index === parts.length ? [] : [`has the part ${String(index)}, not ${parts.length}`]
    if (parts.some(({ isDone }) => !isDone)) problems.push('opens a part before the last is done')
    parts.push({ text: '', hasText: false, isDone: false })
    return problems
  }

  #text(subject: string, what: string, event: JsonObject): string[] {
    const { parts, index } = this.#place(event)
    const part = parts[Number(index)]
    if (!part) return ['is of a part that was not announced']
    if (part.isDone || part.hasText) return ['comes after its part is done']
    if (what === 'delta') {
      if (!filled(event['delta'])) return ['is an empty delta']
      part.text += event['delta'] as string
    } else if (what === 'done') {
      part.hasText = true
      if (event[COMPLETE_TEXT[subject]!] !== part.text) return ['has another text than its deltas']
    }
    return []
  }

  #endPart(event: JsonObject): string[] {
    const { parts, index } = this.#place(event)
    const part = parts[Number(index)]
    if (!part || part.isDone) return ['ends a part that is not open']
    part.isDone = true
    return part.hasText && textOf(event['part']) === part.text ? [] : ['ends a part with another text than it had']
  }

  #argument(what: string, complete: unknown, event: JsonObject): string[] {
    if (this.#hasArguments) return ['comes after the arguments are done']
    if (what === 'delta') {
      if (!filled(event['delta'])) return ['is an empty delta']
      this.#arguments += event['delta'] as string
      return []
    }
    this.#hasArguments = true
    return complete === this.#arguments ? [] : ['has other arguments than its deltas']
  }

  #end(item: unknown): string[] {
    if (!isRecord(item)) return ['has no item']
    this.done = item
    if (item['id'] !== this.#id || item['type'] !== this.#type) return ['is of another item']
    if (item['type'] === 'function_call') return this.#endCall(item)
    if (item['type'] === 'custom_tool_call') return this.#endCustomCall(item)
    const { content_index: content, summary_index: summary } = this.#parts
    const problems = [...content, ...summary].every(({ isDone }) => isDone) ? [] : ['ends an item before its parts']
    if (item['type'] !== 'message' && item['type'] !== 'reasoning') return problems
    const final = [...listOf(item['summary']), ...listOf(item['content'])].map(textOf)
    const streamed = [...summary, ...content].map(({ text }) => text)
    return JSON.stringify(final) === JSON.stringify(streamed)
      ? problems
      : [...problems, 'has other parts than were streamed']
  }

  #endCall({ arguments: text, status, call_id, name }: JsonObject): string[] {
    const problems = this.#hasArguments && text === this.#arguments ? [] : ['has other arguments than were streamed']
    if (!filled(call_id) || !filled(name)) problems.push('has no call_id or no name')
    if (status === 'completed' && !isObject(text)) problems.push('has arguments that are not a JSON object')
    return problems
  }

  /** Hosted tools of xAI are such calls too; they may come whole, and the event with the complete input may be absent. */
  #endCustomCall({ input, call_id, name }: JsonObject): string[] {
    const isWhole = !this.#hasArguments && this.#arguments === ''
    const problems = isWhole || input === this.#arguments ? [] : ['has another input than was streamed']
    if (!filled(call_id) || !filled(name)) problems.push('has no call_id or no name')
    return problems
  }
}

/** The field with the complete text in the `done` event of the arguments of a call. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  function_call_arguments: 'arguments',
  custom_tool_call_input: 'input',
}

const textOf = (part: unknown): unknown => (isRecord(part) ? (part['text'] ?? part['refusal']) : undefined)

function isObject(text: unknown): boolean {
  try {
    return isRecord(JSON.parse(String(text)))
  } catch {
    return false
  }
}
